"""What is wrong, and where: one shape for files, publishing and the builder's page."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError


@dataclass(frozen=True)
class Problem:
    """What is left to correct.

    `place` is named as in a workflow file (`steps[0].config.text`), on the builder's page it is an
    anchor; it is empty for the setting at hand. `message` is what a file's import puts after the
    place. Where the answer is guessable, `use` goes in the place of `wrong`.
    """

    place: str
    message: str
    step: int | None = None  # its position from 0, where the place is in a step
    sentence: str = ""  # for the builder's page, where it says more than the message
    use: str = ""
    wrong: str = ""  # a variable's key in a text; empty: the whole value

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"

    @property
    def anchor(self) -> str:
        """Where it stands on the builder's page."""
        return self.place

    @property
    def text(self) -> str:
        """The sentence for the builder's page."""
        return self.sentence or as_sentence(self.message)


def as_sentence(text: str) -> str:
    """Return the clause as a sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


class Wrong(ValidationError):
    """Raised for a setting that can't be as it is, with all that is wrong with it."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__([one.message for one in problems])
        self.problems = list(problems)
