//! API tokens: Cloudflare's reference, "User > Tokens" and "Accounts > Tokens".

use serde::Deserialize;

use super::Client;
use crate::http::{Error, Request};

/// What Cloudflare says about the token a request came with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TokenState {
    /// The id of the token, not the token.
    pub id: String,
    /// `active`, `disabled` or `expired`.
    pub status: String,
    /// When it stops working, RFC 3339.
    #[serde(default)]
    pub expires_on: Option<String>,
}

impl Client {
    /// "Verify Token" for a token of a user. A token of an account is refused here although it works.
    pub async fn verify_user_token(&self) -> Result<TokenState, Error> {
        self.call(Request::get(["user", "tokens", "verify"])).await.map(|(_, state)| state)
    }

    /// "Verify Token" for a token of an account.
    pub async fn verify_account_token(&self, account_id: &str) -> Result<TokenState, Error> {
        self.call(Request::get(["accounts", account_id, "tokens", "verify"])).await.map(|(_, state)| state)
    }
}
