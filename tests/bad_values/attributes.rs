//! Every attribute that a configuration may set, out of the schemas of the provider.

use zt::framework::model::Model;
use zt::framework::provider::Provider;
use zt::framework::schema::{Attribute, Nesting, Schema, Shape};
use zt::framework::types::Type;
use zt::provider::{Environment, ProviderBlock, Zt};

/// What a configuration is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Provider,
    Resource(&'static str),
    DataSource(&'static str),
    Ephemeral(&'static str),
    List(&'static str),
    Action(&'static str),
    /// `identity` of an `import` block, for a resource.
    Identity(&'static str),
}

/// An attribute that a configuration may set.
pub(crate) struct Declared {
    /// As `push_groups[].source_group_id`.
    pub(crate) path: String,
    /// Whether its value must not be repeated.
    pub(crate) secret: bool,
    /// Whether it is a bool that nothing else is asked of.
    pub(crate) switch: bool,
    /// Whether it has attributes of its own.
    pub(crate) nested: bool,
}

fn zt() -> Zt {
    Zt::with(Environment::of([("", ""); 0]))
}

/// Everything that has a configuration.
pub(crate) fn kinds() -> Vec<Kind> {
    let zt = zt();
    let mut all = vec![Kind::Provider];
    all.extend(zt.resources().iter().map(|item| Kind::Resource(item.name())));
    all.extend(zt.data_sources().iter().map(|item| Kind::DataSource(item.name())));
    all.extend(zt.ephemerals().iter().map(|item| Kind::Ephemeral(item.name())));
    all.extend(zt.lists().iter().map(|item| Kind::List(item.name())));
    all.extend(zt.actions().iter().map(|item| Kind::Action(item.name())));
    let with_identity = zt.resources().iter().filter(|item| item.identity_schema().is_some());
    all.extend(with_identity.map(|item| Kind::Identity(item.name())));
    all
}

/// Names of the functions.
pub(crate) fn functions() -> Vec<&'static str> {
    zt().functions().iter().map(|function| function.name()).collect()
}

fn schema(kind: Kind) -> Schema {
    let zt = zt();
    macro_rules! of {
        ($items:expr, $name:expr) => {
            $items.iter().find(|item| item.name() == $name).unwrap().schema()
        };
    }
    match kind {
        Kind::Provider => ProviderBlock::schema(0),
        Kind::Resource(name) => of!(zt.resources(), name),
        Kind::DataSource(name) => of!(zt.data_sources(), name),
        Kind::Ephemeral(name) => of!(zt.ephemerals(), name),
        Kind::List(name) => of!(zt.lists(), name),
        Kind::Action(name) => of!(zt.actions(), name),
        Kind::Identity(name) => {
            zt.resources().iter().find(|item| item.name() == name).unwrap().identity_schema().unwrap()
        }
    }
}

/// The attributes of a kind that a configuration may set, those within others included.
pub(crate) fn declared(kind: Kind) -> Vec<Declared> {
    let mut found = Vec::new();
    collect(&schema(kind).attributes, "", &mut found);
    found
}

fn collect(attributes: &[Attribute], under: &str, found: &mut Vec<Declared>) {
    for attribute in attributes.iter().filter(|attribute| attribute.behaviour.configurable()) {
        let path = format!("{under}{}", attribute.name);
        let behaviour = &attribute.behaviour;
        let plain = behaviour.validators.is_empty();
        if let Shape::Nested(nesting, inner) = &attribute.shape {
            let step = if *nesting == Nesting::Single { "" } else { "[]" };
            collect(inner, &format!("{path}{step}."), found);
        }
        found.push(Declared {
            secret: behaviour.sensitive || behaviour.write_only,
            switch: plain && matches!(&attribute.shape, Shape::Plain(Type::Bool)),
            nested: plain && matches!(&attribute.shape, Shape::Nested(..)),
            path,
        });
    }
}
