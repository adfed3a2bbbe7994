"""A person: a member of the workspace, or whom a variable names."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from messaging.models import Member
from workflows.fields.base import ONE_VARIABLE, Reach, SettingField
from workflows.fields.known import Known
from workflows.fields.scope import (
    EditScope,
    Exporting,
    Posted,
    RunContext,
    RunReading,
    StepFailed,
)
from workflows.text.problems import Problem, Wrong
from workflows.text.template_problems import closest
from workflows.text.template_text import MemberValue


class PersonField(SettingField):
    """A member ID, an e-mail address, or `{{ key }}` of a member variable."""

    template = "workflows/builder/controls/person.html"
    missing = gettext_lazy("Choose a person.")

    def check(self, value: Any, scope: EditScope) -> str:
        """Return a member ID or `{{ key }}`; refuse an unknown one."""
        if not isinstance(value, str):
            raise Wrong(Problem("", _("unknown member")))
        text = value.strip()
        variable = ONE_VARIABLE.match(text)
        if variable:
            return _checked_variable(variable[1], scope)
        member = scope.known_for(text).member(text)
        if member is None or not member.is_active:
            raise Wrong(_unknown(value, member))
        return member.member_id

    def shown(self, stored: Any, scope: EditScope) -> str:
        """Show name and e-mail address."""
        text = super().shown(stored, scope)
        member = scope.known_for(text).member(text.strip())
        return f"{member.display_name}, {member.email}" if member else text

    def read(self, posted: Posted) -> str:
        """Take the address of “Name, address”."""
        text = posted.typed.strip()
        before, _comma, address = text.rpartition(", ")
        return address if before and "@" in address else text

    def reaches(self, stored: Any, known: Known) -> Reach | None:
        """Return the person, or the variable that names one."""
        if not isinstance(stored, str):
            return None
        text = stored.strip()
        member, variable = known.member(text), ONE_VARIABLE.match(text)
        return Reach(
            named=member.member_id if member else text,
            name=member.display_name if member else text,
            is_person=True,
            variable=variable[1] if variable else "",
        )

    def leads_to(self, stored: Any, context: RunContext, known: Known) -> str:
        """Say who gets it."""
        key, text = self.prepare(str(stored or ""))
        value = context.values.get(key) if key else None
        if isinstance(value, MemberValue):
            name: str = value.name
        elif key:
            return _("to whom “%(key)s” names") % {"key": key}
        else:
            member = known.member(text)
            if member is None:
                return _("to nobody yet")
            name = member.display_name
        return _("to %(name)s, in a direct message") % {"name": name}

    def prepare(self, stored: str) -> tuple[str, str]:
        """Return (variable's key, "") or ("", member ID)."""
        variable = ONE_VARIABLE.match(stored)
        return (variable[1], "") if variable else ("", stored)

    def fill(self, prepared: tuple[str, str], context: RunContext) -> Member:
        """Return the member; raise StepFailed where nobody can be reached."""
        key, member_id = prepared
        if key:
            member_id = _named_by(key, context)
        member = Member.objects.filter(member_id=member_id).first()
        if member is None or not member.is_active:
            raise StepFailed(
                gettext_noop("The person could not be reached: %(id)s left the workspace."),
                id=member.display_name if member else member_id,
            )
        return member

    def record(self, filled: Member) -> str:
        """Show the person's name."""
        return filled.display_name

    def unfilled(self, stored: Any, reading: RunReading) -> str | None:
        """Return what the variable held that should have named somebody."""
        variable = ONE_VARIABLE.match(str(stored))
        return reading.values.get(variable[1], "") if variable else None

    def export(self, stored: str, exporting: Exporting) -> str:
        """Write the e-mail address of a fixed member."""
        member = Member.objects.filter(member_id=stored).first()
        return member.email if member else stored


def _named_by(key: str, context: RunContext) -> str:
    value = context.values.get(key)
    member_id = value.member_id if isinstance(value, MemberValue) else ""
    given = getattr(value, "text", "") or member_id
    if not given:
        raise StepFailed(
            gettext_noop("The person could not be reached: “%(key)s” was empty."), key=key
        )
    if not member_id:
        raise StepFailed(
            gettext_noop("The person could not be reached: nobody here is “%(given)s”."),
            given=given[:100],
        )
    return member_id


def _unknown(given: str, member: Member | None) -> Problem:
    if member is None:
        said = _("Nobody here is “%(name)s”. Choose a person, or write an e-mail address.")
        sentence = said % {"name": given.strip()[:80]}
    else:
        said = _("%(name)s left the workspace. Choose another person.")
        sentence = said % {"name": member.display_name}
    return Problem("", _("unknown member “%(name)s”") % {"name": given}, sentence=sentence)


def _checked_variable(key: str, scope: EditScope) -> str:
    kind = scope.variables.get(key)
    if kind == "member":
        return "{{ " + key + " }}"
    values = {"key": key}
    if kind is not None:
        said = _("“%(key)s” is not a member. Choose a variable of the kind “Member”.") % values
        message = _('the variable "%(key)s" is not a member') % values
        raise Wrong(Problem("", message, sentence=said))
    message = _('unknown variable "%(key)s"') % values
    members = {one: kind for one, kind in scope.variables.items() if kind == "member"}
    near = closest(key, members)
    if not near:
        said = _("There is no variable “%(key)s”.") % values
        raise Wrong(Problem("", message, sentence=said))
    said = _("There is no variable “%(key)s”. Did you mean “%(suggestion)s”?")
    said %= {"key": key, "suggestion": near}
    raise Wrong(Problem("", message, sentence=said, use=near, wrong=key))
