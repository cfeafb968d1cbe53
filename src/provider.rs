//! The provider block, and the registries joined.
