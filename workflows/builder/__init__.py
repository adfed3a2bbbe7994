"""The builder's pages: a draft is made and edited here."""
