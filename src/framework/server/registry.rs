//! What a provider offers, by name, with schemas that are built when they are first needed.

use crate::framework::{
    action::AnyAction,
    data_source::AnyDataSource,
    diagnostic::{Diagnostic, Result},
    ephemeral::AnyEphemeral,
    function::AnyFunction,
    list::AnyList,
    provider::Provider,
    resource::AnyResource,
    schema::Schema,
    types::Type,
};
use std::{collections::BTreeMap, sync::OnceLock};

/// A schema and the type that follows from it.
pub(super) struct Loaded {
    pub(super) schema: Schema,
    pub(super) ty: Type,
}

impl Loaded {
    pub(super) fn new(schema: Schema) -> Self {
        Self { ty: schema.ty(), schema }
    }
}

/// One thing that the provider offers.
pub(super) struct Entry<T: ?Sized + 'static> {
    pub(super) item: &'static T,
    loaded: OnceLock<Loaded>,
    identity: OnceLock<Option<Loaded>>,
}

impl<T: ?Sized> Entry<T> {
    pub(super) fn load(&self, schema: impl FnOnce(&T) -> Schema) -> &Loaded {
        self.loaded.get_or_init(|| Loaded::new(schema(self.item)))
    }
}

impl<S> Entry<dyn AnyResource<S>> {
    pub(super) fn loaded(&self) -> &Loaded {
        self.load(|item| item.schema())
    }

    /// What identifies its objects, if anything does.
    pub(super) fn identity(&self) -> Option<&Loaded> {
        self.identity.get_or_init(|| self.item.identity_schema().map(Loaded::new)).as_ref()
    }
}

/// Everything of one kind, by name.
pub(super) struct Registry<T: ?Sized + 'static> {
    kind: &'static str,
    entries: BTreeMap<&'static str, Entry<T>>,
}

impl<T: ?Sized> Registry<T> {
    fn new(kind: &'static str, items: &'static [&'static T], name: impl Fn(&T) -> &'static str) -> Self {
        let entry =
            |item: &&'static T| (name(item), Entry { item: *item, loaded: OnceLock::new(), identity: OnceLock::new() });
        Self { kind, entries: items.iter().map(entry).collect() }
    }

    pub(super) fn get(&self, name: &str) -> Result<&Entry<T>> {
        self.entries.get(name).ok_or_else(|| {
            Diagnostic::error(
                format!("The provider has no {} {name}", self.kind),
                "Terraform asked for a type that this version of the provider does not offer.",
            )
            .into()
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &Entry<T>)> {
        self.entries.iter().map(|(name, entry)| (*name, entry))
    }
}

/// Everything that a provider offers.
pub(super) struct Registries<S: 'static> {
    pub(super) provider: OnceLock<Loaded>,
    pub(super) resources: Registry<dyn AnyResource<S>>,
    pub(super) data_sources: Registry<dyn AnyDataSource<S>>,
    pub(super) ephemerals: Registry<dyn AnyEphemeral<S>>,
    pub(super) functions: Registry<dyn AnyFunction>,
    pub(super) lists: Registry<dyn AnyList<S>>,
    pub(super) actions: Registry<dyn AnyAction<S>>,
}

impl<S: Send + Sync + 'static> Registries<S> {
    pub(super) fn of<P: Provider<State = S>>(provider: &P) -> Self {
        Self {
            provider: OnceLock::new(),
            resources: Registry::new("resource", provider.resources(), |r| r.name()),
            data_sources: Registry::new("data source", provider.data_sources(), |d| d.name()),
            ephemerals: Registry::new("ephemeral resource", provider.ephemerals(), |e| e.name()),
            functions: Registry::new("function", provider.functions(), |f| f.name()),
            lists: Registry::new("list resource", provider.lists(), |l| l.name()),
            actions: Registry::new("action", provider.actions(), |a| a.name()),
        }
    }
}
