#!/usr/bin/env python
"""Run Declic's commands."""

import os
import sys


def main() -> None:
    """Hand the command line to Django; a setting that can't be read is one line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line
    from environs.exceptions import EnvError

    from config.secrets import DataFolderError

    try:
        execute_from_command_line(sys.argv)
    except (EnvError, DataFolderError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
