//! Registry to Markdown: the pages under `docs/`.
