"""The kinds of settings: one file each, found by its folder; docs/adding-a-setting.md."""
