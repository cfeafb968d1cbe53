//! Which values of an object are Terraform's to write, and what its state says of the others.

use crate::framework::model::Attr;
use crate::framework::resource::Planned;

/// A change, asked for what of it is to be written. What nobody configures stays as somebody else set it.
pub(super) struct Ours<'a, M> {
    /// The state; `None` for an object that Terraform did not have before.
    pub(super) prior: Option<&'a M>,
    /// What is planned and configured.
    pub(super) change: &'a Planned<M>,
}

impl<'a, M> Ours<'a, M> {
    /// The planned value of an attribute, if it is to be written: it is configured, or the plan changes what was there.
    pub(super) fn value<T: PartialEq>(&self, attribute: fn(&M) -> &Attr<T>) -> Option<&'a Attr<T>> {
        let planned = attribute(&self.change.planned);
        let configured = attribute(&self.change.config).is_set();
        let changes = || self.prior.is_some_and(|prior| attribute(prior) != planned);
        (!planned.is_unknown() && (configured || changes())).then_some(planned)
    }
}

/// What was planned; where that was left open, what is there.
pub(super) fn pick<T: Clone>(planned: &Attr<T>, there: Attr<T>) -> Attr<T> {
    if planned.is_unknown() { there } else { planned.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_ours(configured: Attr<bool>, prior: Option<Attr<bool>>, planned: Attr<bool>) -> bool {
        let change = Planned { planned: (planned,), config: (configured,) };
        let prior = prior.map(|prior| (prior,));
        Ours { prior: prior.as_ref(), change: &change }.value(|model| &model.0).is_some()
    }

    #[test]
    fn what_is_configured_or_changed_is_ours() {
        let (on, off) = (|| Attr::from(true), || Attr::from(false));
        assert!(is_ours(on(), None, on()) && is_ours(on(), Some(on()), on()));
        assert!(is_ours(Attr::Null, Some(on()), off()) && is_ours(Attr::Null, Some(on()), Attr::Null));
        assert!(!is_ours(Attr::Null, Some(on()), on()) && !is_ours(Attr::Null, None, on()));
        assert!(!is_ours(on(), Some(on()), Attr::Unknown));
    }

    #[test]
    fn what_the_plan_left_open_is_what_is_there() {
        assert_eq!(pick(&Attr::Unknown, true.into()), true.into());
        assert_eq!(pick(&Attr::Null, true.into()), Attr::Null);
    }
}
