"""The parts of a draft that are no step and no trigger, with their fields."""

from django import forms
from django.utils.translation import gettext_lazy as _

from workflows.fields.base import Configured
from workflows.fields.plain import PlainField
from workflows.fields.yes_no import YesNoField
from workflows.models import Variable


class Details(Configured):
    """What the workflow is called."""

    name = PlainField(label=_("Name"))
    description = PlainField(label=_("Description"), required=False)
    icon = PlainField(label=_("Icon"))


class VariableForm(Configured):
    """A variable that the workflow's sender fills."""

    key = PlainField(label=_("Key"))
    kind = PlainField(forms.ChoiceField(label=_("Kind"), choices=Variable.Kind.choices))
    example = PlainField(label=_("Example"), required=False)
    default = PlainField(label=_("Default"), required=False)
    required = YesNoField(label=_("Required"))


DETAILS, VARIABLE = Details(), VariableForm()
