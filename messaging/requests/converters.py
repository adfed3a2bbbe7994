"""How IDs look in addresses."""


class PublicIDConverter:
    """A public ID: capital letters and digits; whatever else is no page."""

    regex = "[A-Z0-9]{2,40}"

    def to_python(self, value: str) -> str:
        """Take it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Give it as it is."""
        return value
