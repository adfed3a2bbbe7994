"""Registries of step and trigger kinds: a file in the folder is the registration."""

import importlib
import inspect
import pkgutil
from typing import Any, Generic, Protocol, TypeVar

from django.core.exceptions import ImproperlyConfigured


class HasKind(Protocol):
    """What a registry needs of a class: its name in files and its name for people."""

    kind: str
    label: Any


KindT = TypeVar("KindT", bound=HasKind)


class Registry(Generic[KindT]):
    """The kinds of one folder by their `kind`; two classes with one `kind` stop the start-up."""

    def __init__(self, package: str) -> None:
        self.package = package
        self._kinds: dict[str, KindT] = {}

    def register(self, cls: type[KindT]) -> type[KindT]:
        """Add the class (a decorator); raise ImproperlyConfigured for a name taken or missing."""
        kind = getattr(cls, "kind", "")
        if not kind:
            raise ImproperlyConfigured(f"{cls.__qualname__} has no kind.")
        if inspect.isabstract(cls):
            missing = ", ".join(sorted(cls.__abstractmethods__))
            raise ImproperlyConfigured(f"{cls.__qualname__} does not say: {missing}.")
        known = self._kinds.get(kind)
        if known is not None and type(known).__qualname__ != cls.__qualname__:
            raise ImproperlyConfigured(
                f"{cls.__module__}.{cls.__qualname__} and {type(known).__module__}."
                f"{type(known).__qualname__} are both of the kind “{kind}”."
            )
        self._kinds[kind] = cls()
        return cls

    def discover(self) -> None:
        """Import every module of the folder, which registers its kinds."""
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self.package}.{module.name}")

    def find(self, kind: str) -> KindT | None:
        """Return the kind, or None where none has this name (any more)."""
        return self._kinds.get(kind)

    def all(self) -> list[KindT]:
        """Return every kind, in the order of their names."""
        return [self._kinds[name] for name in sorted(self._kinds)]

    def choices(self) -> list[tuple[str, Any]]:
        """Return (kind, label) pairs for a form or a model field."""
        return [(kind.kind, kind.label) for kind in self.all()]


step_kinds: Registry[Any] = Registry("workflows.steps")
trigger_kinds: Registry[Any] = Registry("workflows.triggers")
