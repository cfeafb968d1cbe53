//! REST plumbing that both vendors share: one client, one error, one way to wait.
//!
//! A vendor's API client builds [`Request`]s, hands them to a [`Client`] and decodes the [`Answer`]s.
//! Everything that is the same on both sides happens here, once: authentication headers, time limits,
//! retries, rate limits, stopping, masking of secrets, the size limit of answers, paging links.
//! What differs (how a vendor words a refusal) comes in through the [`Vendor`] trait.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `settings` | time limits, retry limits, the CA file |
//! | `client` | [`Client`]: the one place where requests leave the process; `client/exchange` is one attempt |
//! | `transport` | the TLS and proxy set-up underneath, and which URLs are allowed at all |
//! | `request`, `answer` | what goes out and what comes back |
//! | `allowed_hosts` | where requests may go at all, if somebody limits that |
//! | `attempt` | what the attempts at one request come to |
//! | `auth` | how a request proves who sends it |
//! | `retry` | what may be repeated, and when (pure functions) |
//! | `caller` | on whose behalf requests are made: when to stop, how much time there is, who hears of long waits |
//! | `quota` | what an answer says about the rate limit |
//! | `bucket`, `turns` | when the next request under a rate limit may begin, and the line of those that wait for it |
//! | `pace` | when the next request may begin where the user limits the rate |
//! | `departure` | when a request left, by the service's clock |
//! | `creation` | making an object once, although the answer may be lost |
//! | `paging` | `Link` headers (RFC 8288) |
//! | `list_so_far` | bounds on the pages of a list, and on what is kept of them |
//! | `pem_file` | keys and certificate authorities that a configuration names |
//! | `shared_answer`, `shared_list` | what several reads of one process take from one answer |
//! | `document` | a JSON object kept whole, for read-modify-write |
//! | `likeness` | whether an object that is shown is the one that was sent |
//! | `newborn` | objects made a moment ago, which a service may not know everywhere yet |
//! | `secret` | values that services hide, and the mask for messages |
//! | `error` | [`Error`] |

mod allowed_hosts;
mod answer;
mod attempt;
mod auth;
mod bucket;
mod caller;
mod client;
mod creation;
mod departure;
mod document;
mod error;
mod likeness;
mod list_so_far;
mod newborn;
mod pace;
pub mod paging;
pub mod pem_file;
mod quota;
mod request;
mod retry;
pub mod secret;
mod settings;
mod shared_answer;
mod shared_list;
#[cfg(test)]
pub(crate) mod stage;
mod transport;
mod turns;

pub use allowed_hosts::AllowedHosts;
pub use answer::{Answer, decode};
pub use auth::Auth;
pub use caller::{Caller, LONG_WAIT, Listener};
pub use client::{Client, Vendor};
pub use creation::{Alone, Creation, Creations, Look, NotMade};
pub use departure::{Departure, Heard};
pub use document::Document;
pub use error::{Cause, Error, Refusal};
pub use list_so_far::{ListSoFar, Member, size_of_texts};
pub use newborn::Newborns;
pub use request::{Effect, Request};
pub use settings::Settings;
pub use shared_answer::{Shared, SharedAnswers, Writing};
pub use shared_list::{Page, SharedLists, Shown};
pub use transport::{is_loopback, require_secure};

pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
