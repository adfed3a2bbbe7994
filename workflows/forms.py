"""What managers fill in: notes, managers, files."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from messaging.forms import InviteForm

MAX_FILE_BYTES = 1024 * 1024


class PublishForm(forms.Form):
    """A word for the other managers on what a publication changes."""

    note = forms.CharField(
        label=_("Note for the other managers"),
        max_length=250,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shown in the list of versions."),
    )


class ManagerForm(InviteForm):
    """Somebody who is to manage the workflow."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        person.label = _("Add a manager")
        person.help_text = _(
            "Name, e-mail address or member ID. Sees the request URL and all that was received. "
            "Is told by a direct message. Guests cannot be added."
        )


class ImportForm(forms.Form):
    """A workflow file, uploaded or pasted; once valid, `text` holds it and `file_name` its name."""

    file = forms.FileField(label=_("File"), required=False)
    text = forms.CharField(
        label=_("Or paste it here"),
        required=False,
        max_length=MAX_FILE_BYTES,
        error_messages={"max_length": _("This file is too large for a workflow.")},
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Read the file; a pasted text is taken where there is none."""
        cleaned = super().clean() or {}
        upload = cleaned.get("file")
        if upload is not None:
            cleaned["text"] = _read(upload)
        cleaned["file_name"] = upload.name if upload is not None else ""
        if not self.errors and not cleaned.get("text", "").strip():
            raise ValidationError({"file": _("Choose a file or paste its text.")})
        return cleaned


def _read(upload: Any) -> str:
    if upload.size > MAX_FILE_BYTES:
        raise ValidationError({"file": _("This file is too large for a workflow.")})
    try:
        return str(upload.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValidationError({"file": _("This file is not UTF-8 text.")}) from None
