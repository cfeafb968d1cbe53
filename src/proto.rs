//! Types generated from the files in `proto/`.
