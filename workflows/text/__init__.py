"""The builder's text: `{{ variables }}` found, checked and filled; sentences and lengths. Pure."""
