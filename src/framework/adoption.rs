//! Objects that are there before they are created: whose they are once one is taken over, and what a person is told.
//!
//! With `create_before_destroy` Terraform sets an object aside, creates another one, and then deletes the one that it set
//! aside. A create that takes over what is there may find that very object, and nothing that Terraform sends says so: it
//! plans the create anew in the apply, with neither a prior state nor private state. So an instance that takes over an
//! object keeps a mark in its private state, and [`Claims`] has the mark beside the object's id. Whoever is to delete that
//! object and has another mark, or none, is the instance from which it was taken.
//!
//! An object that is only being taken over is nobody's yet: it may stay with whoever has it. So a deletion waits for the
//! outcome, and is carried out if the other one fails.
//!
//! This lasts as long as one configured provider, which is one apply. If it does not come to the deletion, because the
//! apply breaks off or something that depends on the new instance fails, the deletion is left to the next apply, and that
//! one knows nothing.

use super::{call::Call, diagnostic::Diagnostic};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Private state: the mark of an instance that has taken over its object.
const MARK: &str = "taken_over";

/// Whose the objects are that this process has made, taken over or deleted, by id. Clones are the same.
#[derive(Clone, Default)]
pub struct Claims(Arc<Mutex<HashMap<String, Holder>>>);

enum Holder {
    /// It is being taken over, until this is cancelled.
    Pending(CancellationToken),
    /// The instance with this mark has taken it over.
    Instance(String),
    /// It was made in this process, or is being deleted: nobody may take it over.
    Settled,
}

/// An object that is being taken over. Nobody else takes it or deletes it meanwhile; when this is dropped before it is
/// [kept](Claim::keep), the object is as free as before.
#[must_use]
pub struct Claim {
    claims: Claims,
    id: String,
    kept: bool,
    /// Cancels the token of [`Holder::Pending`] when all else is done: what a deletion waits for.
    _outcome: DropGuard,
}

impl Claims {
    /// Whether it may be taken over.
    pub fn is_free(&self, id: &str) -> bool {
        !self.lock().contains_key(id)
    }

    /// Takes it over; `None` if it is not free.
    pub fn take(&self, id: &str) -> Option<Claim> {
        let mut holders = self.lock();
        if holders.contains_key(id) {
            return None;
        }
        let pending = CancellationToken::new();
        holders.insert(id.to_owned(), Holder::Pending(pending.clone()));
        Some(Claim { claims: self.clone(), id: id.to_owned(), kept: false, _outcome: pending.drop_guard() })
    }

    /// Remembers one that this process has made.
    pub fn made(&self, id: &str) {
        self.lock().insert(id.to_owned(), Holder::Settled);
    }

    /// Whether another instance than that of the call has taken it over, so that it is not the call's to delete. While it
    /// is being taken over this is not decided, so whoever asks has to keep out whoever takes over.
    pub fn is_lost(&self, call: &Call, id: &str) -> bool {
        is_lost(self.lock().get(id), call)
    }

    /// Gives it up for deletion: from now on nobody takes it over. False if it [is lost](Self::is_lost) already. While it
    /// is being taken over this waits for the outcome, for as long as that takes.
    pub async fn give_up(&self, call: &Call, id: &str) -> bool {
        loop {
            let pending = {
                let mut holders = self.lock();
                match holders.get(id) {
                    Some(Holder::Pending(pending)) => pending.clone(),
                    holder if is_lost(holder, call) => return false,
                    _ => {
                        holders.insert(id.to_owned(), Holder::Settled);
                        return true;
                    }
                }
            };
            tracing::debug!(id, "waiting for what comes of taking it over");
            pending.cancelled().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Holder>> {
        // A map of plain values is whole after a panic too.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_lost(holder: Option<&Holder>, call: &Call) -> bool {
    let Some(Holder::Instance(mark)) = holder else { return false };
    call.private().get::<String>(MARK).as_ref() != Some(mark)
}

impl Claim {
    /// The object is the instance's of this call, which remembers that. To be called when nothing can go wrong any more.
    pub fn keep(mut self, call: &Call) {
        let mark = uuid::Uuid::new_v4().to_string();
        call.private().set(MARK, &mark);
        self.claims.lock().insert(self.id.clone(), Holder::Instance(mark));
        self.kept = true;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.kept {
            self.claims.lock().remove(&self.id);
        }
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims")
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claim({})", self.id)
    }
}

/// What a deletion waits for in [`Claims::give_up`].
pub const OUTCOME: &str = "the resource that is taking over the same object";

/// What to tell whoever has taken an object over, beside what was taken over.
pub const UNLESS_FINISHED: &str = "If another instance had it that this apply is to destroy (create_before_destroy, or a \
    renamed resource), and the apply does not come to that, since a dependent fails for instance, then the next plan \
    destroys that instance, and with it this very object. Run terraform state rm with the address that it destroys, and \
    apply again.";

/// What to tell whoever was to delete an object that [is lost](Claims::is_lost). `name` begins a sentence.
pub fn left_alone(name: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{name} was taken over and is not deleted"),
        "Another instance of the resource has taken it over in this apply: the one that replaces this one, as \
         create_before_destroy has it, or a resource that is like it. It was left as it is, because that one has it now.",
    )
}

/// The block that imports an object. The provider is not told the address of a resource, so its name is a placeholder;
/// Terraform names the address below the message.
pub fn import_block(resource: &str, id: &str) -> String {
    format!("    import {{\n      to = {resource}.NAME\n      id = \"{id}\"\n    }}")
}

/// An object that is there before the creation of one like it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The attribute `id` that it has in a state.
    pub id: String,
    /// What it is imported by.
    pub import: String,
}

/// What a person can do about objects that are there before the creation of one like them. `another` says how to have
/// another one beside them.
pub fn choices(resource: &str, found: &[Found], another: &str) -> String {
    let commands: Vec<String> =
        found.iter().map(|found| format!("    terraform state list -id={}", found.id)).collect();
    let blocks: Vec<String> = found.iter().map(|found| import_block(resource, &found.import)).collect();
    format!(
        "Nothing was created. See first whether a resource has it:\n\n{}\n\nIf this resource itself has it, Terraform is \
         replacing it with create_before_destroy: set adopt_existing = false, which makes a new one before this one is \
         deleted. If another resource has it, leave it to that one, or tell Terraform with a moved block that this one is \
         the same.\n\nIf none has it, an apply broke off before Terraform heard of it, or somebody else made it. To take \
         it over, add this to the configuration, with the address of this resource, and apply again:\n\n{}\n\nOr set \
         adopt_existing = true, which does the same. {another}",
        commands.join("\n"),
        blocks.join("\n\nor\n\n"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::private::Private;
    use super::*;
    use futures_util::FutureExt;
    use std::pin::pin;

    /// What comes of a deletion that has nothing to wait for.
    fn given_up(claims: &Claims, call: &Call, id: &str) -> bool {
        claims.give_up(call, id).now_or_never().expect("nobody is taking it over")
    }

    /// The call that deletes what an instance had whose private state is this.
    fn deleting(private: &Private) -> Call {
        Call::default().with_private(private.clone())
    }

    #[test]
    fn what_was_taken_over_is_lost_to_its_predecessor_alone() {
        let claims = Claims::default();
        let (create, predecessor) = (Call::default(), Private::default());
        claims.take("1").unwrap().keep(&create);
        assert!(claims.is_lost(&deleting(&predecessor), "1") && !given_up(&claims, &deleting(&predecessor), "1"));
        assert!(!claims.is_lost(&create, "1") && given_up(&claims, &create, "1"));
        assert!(!claims.is_lost(&deleting(&predecessor), "2"));
    }

    #[test]
    fn a_predecessor_that_was_taken_over_itself_has_another_mark() {
        let (before, claims) = (Call::default(), Claims::default());
        Claims::default().take("1").unwrap().keep(&before);
        claims.take("1").unwrap().keep(&Call::default());
        assert!(claims.is_lost(&before, "1"));
    }

    #[test]
    fn one_object_is_taken_over_once() {
        let claims = Claims::default();
        let claim = claims.take("1").unwrap();
        assert!(!claims.is_free("1") && claims.take("1").is_none());
        drop(claim);
        assert!(claims.is_free("1") && claims.take("1").is_some(), "who failed has not taken it");
    }

    #[tokio::test]
    async fn a_deletion_waits_for_a_takeover_and_is_off_once_that_is_made() {
        let (claims, delete) = (Claims::default(), Call::default());
        let claim = claims.take("1").unwrap();
        let mut giving_up = pin!(claims.give_up(&delete, "1"));
        assert_eq!(giving_up.as_mut().now_or_never(), None, "nobody deletes it meanwhile, and nobody leaves it");
        claim.keep(&Call::default());
        assert!(!giving_up.await);
    }

    #[tokio::test]
    async fn a_deletion_waits_for_a_takeover_and_is_carried_out_if_that_fails() {
        let (claims, delete) = (Claims::default(), Call::default());
        let claim = claims.take("1").unwrap();
        let mut giving_up = pin!(claims.give_up(&delete, "1"));
        assert_eq!(giving_up.as_mut().now_or_never(), None);
        drop(claim);
        assert!(giving_up.await);
        assert!(claims.take("1").is_none(), "its deletion has begun");
    }

    #[tokio::test]
    async fn a_deletion_waits_for_the_next_one_who_takes_it_over_as_well() {
        let (claims, delete) = (Claims::default(), Call::default());
        let claim = claims.take("1").unwrap();
        let mut giving_up = pin!(claims.give_up(&delete, "1"));
        assert_eq!(giving_up.as_mut().now_or_never(), None);
        drop(claim);
        let second = claims.take("1").unwrap();
        assert_eq!(giving_up.as_mut().now_or_never(), None);
        second.keep(&Call::default());
        assert!(!giving_up.await);
    }

    #[test]
    fn a_deletion_that_waits_no_longer_has_given_up_nothing() {
        let claims = Claims::default();
        let claim = claims.take("1").unwrap();
        assert_eq!(claims.give_up(&Call::default(), "1").now_or_never(), None);
        drop(claim);
        assert!(claims.is_free("1"));
    }

    #[test]
    fn what_is_made_or_deleted_here_is_not_taken_over() {
        let claims = Claims::default();
        claims.made("1");
        assert!(given_up(&claims, &Call::default(), "2"));
        assert!(claims.take("1").is_none() && claims.take("2").is_none());
        assert!(given_up(&claims, &Call::default(), "1"));
    }
}
