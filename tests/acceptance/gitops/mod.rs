//! `examples/gitops`, a repository that a pipeline works on: everything that its files say is run here against the mock.
//!
//! | file | what it tells |
//! | --- | --- |
//! | `repository` | a copy of it, and its scripts as a pipeline runs them |
//! | `service` | an HTTP service in the test, for what stands for OPA, GitHub and GitLab |
//! | `plan` | pull requests: what read-only credentials see, and what they are never shown |
//! | `apply` | what is merged, and what the policy stops |
//! | `drift` | nights: nothing, something, a failed check, no answer |
//! | `policy` | each rule, held against a plan that passes and one that does not |
//! | `forge` | comments and issues at GitHub and GitLab |
//! | `guide` | the guide quotes the example, and its commands work |
//! | `workflows` | the pipelines' files call these scripts, and each script is run here |

mod apply;
mod drift;
mod forge;
mod guide;
mod plan;
mod policy;
mod repository;
mod service;
mod workflows;
