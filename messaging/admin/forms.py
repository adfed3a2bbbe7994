"""The forms of Django's admin for members and channels."""

from typing import Any

from django import forms
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    BaseUserCreationForm,
    UserChangeForm,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from messaging import people
from messaging.models import Change, Channel, Member
from messaging.services import clean_channel_name, tell_of_change

MEMBER_FIELDS = ("email", "display_name", "role", "language", "time_zone")


class MemberAddForm(BaseUserCreationForm):
    """A new member with a first password."""

    class Meta:
        model = Member
        fields = MEMBER_FIELDS


class MemberForm(UserChangeForm):
    """A member's account; `by` is who edits it."""

    by: Member

    class Meta:
        model = Member
        fields = MEMBER_FIELDS

    def clean_role(self) -> str:
        """Keep the last owner."""
        role = str(self.cleaned_data["role"])
        if role != self.initial["role"]:
            before = Member.objects.get(pk=self.instance.pk)
            people.check_role(member=before, role=role, by=self.by)
        return role


class MemberPasswordForm(AdminPasswordChangeForm):
    """A password that an admin sets; every session of the member ends, and the member is told."""

    by: Member

    def __init__(self, user: Member, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields.pop("usable_password", None)
        self.fields["password1"].required = self.fields["password2"].required = True

    def save(self, commit: bool = True) -> Member:
        """Save it, let open pages of the member end, and tell them who did it."""
        member: Member = super().save(commit)
        tell_of_change(Change.Kind.MEMBER_CHANGED, member=member)
        people.tell_of_new_password(member=member, by=self.by)
        return member


class ChannelAddForm(forms.ModelForm):
    """A new public or private channel; who adds it is in it."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            (value, label) for value, label in Channel.Kind.choices if value != Channel.Kind.DIRECT
        ],
    )

    class Meta:
        model = Channel
        fields = ("name", "kind", "topic")

    def clean_name(self) -> str:
        """Write it as Slack does."""
        return clean_channel_name(self.cleaned_data["name"])


class ChannelForm(forms.ModelForm):
    """A public channel's name."""

    class Meta:
        model = Channel
        fields = ("name",)

    def clean_name(self) -> str:
        """Write it as Slack does; no channel is without a name."""
        name = clean_channel_name(self.cleaned_data["name"])
        if not name:
            raise ValidationError(_("A channel has a name."))
        return name
