//! REST plumbing that both vendors share.
