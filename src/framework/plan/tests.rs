use super::*;
use crate::framework::{
    model::{Attr, List, Map, Model, Set, Typed},
    schema::{computed, optional, required},
};
use crate::model;

model! {
    /// Settings.
    struct Settings {
        /// On or off.
        on: bool = optional().initial(true),
        /// Chosen by the service.
        chosen: String = computed(),
    }
}

model! {
    /// A thing.
    struct Thing {
        /// Id.
        id: String = computed().keep(),
        /// Name.
        name: String = required(),
        /// Kind.
        kind: String = required().replaces_because("It is of one kind for good."),
        /// Trigger.
        trigger: String = optional().replaces_unless_null(),
        /// Url.
        url: String = optional().same(|a, b| a.as_str().map(|s| s.trim_end_matches('/')) == b.as_str().map(|s| s.trim_end_matches('/'))),
        /// Switch.
        switch: bool = optional().clears(),
        /// Left alone.
        left: String = optional().computed(),
        /// Grants.
        grants: Set<String> = optional().initial(crate::framework::model::set_of(&["code"])),
        /// Version.
        version: String = computed(),
        /// Settings.
        settings: Settings = optional().clears(),
        /// Token.
        token_wo: String = optional().write_only(),
        /// Mode.
        mode: String = optional().computed().one_of(&["a", "b"]),
    }
}

fn thing() -> Thing {
    Thing { name: "n".into(), kind: "k".into(), ..Thing::default() }
}

fn applied() -> Thing {
    Thing {
        id: "1".into(),
        grants: Attr::Known(["code".to_string()].into_iter().collect::<Set<_>>()),
        version: "v1".into(),
        settings: Attr::Known(Settings { on: true.into(), chosen: "c".into() }),
        left: "theirs".into(),
        switch: true.into(),
        ..thing()
    }
}

fn propose_for(config: &Thing, prior: Option<&Thing>, owned: &[&str]) -> Thing {
    let owned = owned.iter().map(|s| s.to_string()).collect();
    let prior = prior.map(Typed::encode);
    let planned = propose(&Thing::attributes(), &config.encode(), prior.as_ref(), &owned);
    Thing::decode(planned, &Path::root()).unwrap()
}

#[test]
fn a_new_object_has_its_defaults_and_the_rest_is_known_after_apply() {
    let planned = propose_for(&Thing { token_wo: "s".into(), ..thing() }, None, &[]);
    assert!(planned.id.is_unknown() && planned.version.is_unknown() && planned.left.is_unknown());
    assert_eq!(planned.grants.known().unwrap().iter().collect::<Vec<_>>(), ["code"]);
    assert!(planned.token_wo.is_null(), "write-only values are never planned");
    assert!(planned.trigger.is_null() && planned.url.is_null());
}

#[test]
fn nothing_configured_is_nothing_changed() {
    assert_eq!(propose_for(&thing(), Some(&applied()), &["name", "kind"]), applied());
}

#[test]
fn what_was_configured_and_no_longer_is_gets_cleared() {
    let planned =
        propose_for(&thing(), Some(&applied()), &["name", "kind", "switch", "left", "settings", "settings.on"]);
    assert!(planned.switch.is_null());
    assert!(planned.settings.is_null());
    assert_eq!(planned.left.text(), Some("theirs"), "not every attribute clears");
}

#[test]
fn a_change_makes_unkept_computed_values_unknown() {
    let planned = propose_for(&Thing { name: "m".into(), ..thing() }, Some(&applied()), &[]);
    assert_eq!(planned.id.text(), Some("1"));
    assert!(planned.version.is_unknown());
    let inside = propose_for(
        &Thing { settings: Attr::Known(Settings { on: false.into(), ..Settings::default() }), ..thing() },
        Some(&applied()),
        &[],
    );
    assert!(inside.settings.known().unwrap().chosen.is_unknown());
}

#[test]
fn another_spelling_is_no_change() {
    let prior = Thing { url: "https://x".into(), ..applied() };
    assert_eq!(propose_for(&Thing { url: "https://x/".into(), ..thing() }, Some(&prior), &[]), prior);
}

#[test]
fn unknown_configuration_stays_unknown() {
    let planned = propose_for(&Thing { name: Attr::Unknown, ..thing() }, Some(&applied()), &[]);
    assert!(planned.name.is_unknown());
}

#[test]
fn replacement_has_a_path() {
    let paths = |prior: Thing, planned: Thing| {
        replacements(&Thing::attributes(), &prior.encode(), &planned.encode())
            .iter()
            .map(Path::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(paths(applied(), Thing { kind: "other".into(), ..applied() }), ["kind"]);
    assert!(paths(applied(), Thing { trigger: "1".into(), ..applied() }).is_empty(), "null → value stays calm");
    let triggered = Thing { trigger: "1".into(), ..applied() };
    assert_eq!(paths(triggered, Thing { trigger: "2".into(), ..applied() }), ["trigger"]);
}

#[test]
fn a_replacement_says_why() {
    let reasons = |paths: &[&'static str]| {
        let paths: Vec<Path> = paths.iter().map(|name| Path::root().attribute(*name)).collect();
        let found = replacement_reasons(&Thing::attributes(), "toy_thing", &paths);
        found.iter().map(|found| (found.path.to_string(), found.summary.clone())).collect::<Vec<_>>()
    };
    assert_eq!(reasons(&["kind", "trigger"]), [("kind".to_owned(), "Another kind makes a new toy_thing".to_owned())]);
    assert!(reasons(&["trigger"]).is_empty());
}

#[test]
fn results_are_held_to_the_plan() {
    let planned = Thing { id: Attr::Unknown, ..applied() };
    assert!(check_result(&planned.encode(), &applied().encode()).is_empty());
    let other = Thing { name: "other".into(), id: Attr::Unknown, ..applied() };
    let found = check_result(&planned.encode(), &other.encode());
    assert_eq!(found.iter().map(|d| d.path.to_string()).collect::<Vec<_>>(), ["id", "name"]);
}

#[test]
fn plans_are_held_to_the_configuration() {
    let check = |planned: Thing, prior: Option<Thing>| {
        let prior = prior.map(|p| p.encode());
        check_plan(&Thing::attributes(), &thing().encode(), prior.as_ref(), &planned.encode())
            .iter()
            .map(|d| d.path.to_string())
            .collect::<Vec<_>>()
    };
    assert!(check(applied(), None).is_empty());
    assert_eq!(check(Thing { name: "other".into(), ..applied() }, None), ["name"]);
    assert!(
        check(Thing { name: "other".into(), ..applied() }, Some(Thing { name: "other".into(), ..applied() }))
            .is_empty()
    );
    assert_eq!(check(Thing { token_wo: "leak".into(), url: "u".into(), ..applied() }, None), ["url", "token_wo"]);
}

#[test]
fn reading_keeps_the_spelling_of_what_did_not_change() {
    let before = Thing { url: "https://x/".into(), switch: Attr::Null, grants: Attr::Null, ..applied() };
    let after =
        Thing { url: "https://x".into(), switch: false.into(), grants: Attr::Known(Set::default()), ..applied() };
    let settled = settle(&Thing::attributes(), &before.encode(), after.encode());
    assert_eq!(settled, before.encode());
    let drifted = Thing { url: "https://y".into(), switch: true.into(), ..after };
    let settled = settle(&Thing::attributes(), &before.encode(), drifted.encode());
    assert_eq!(settled.get("url"), &Value::string("https://y"));
    assert_eq!(settled.get("switch"), &Value::Bool(true));
}

#[test]
fn generated_configuration_says_only_what_can_be_said() {
    let config = configuration_of(&Thing::attributes(), &applied().encode());
    assert!(config.get("id").is_null() && config.get("version").is_null());
    assert_eq!(config.get("name"), &Value::string("n"));
    assert!(config.get("settings").get("chosen").is_null());
    assert_eq!(config.get("settings").get("on"), &Value::Bool(true));
}

#[test]
fn generated_configuration_leaves_out_what_validation_would_refuse() {
    let generated = |mode: &str| {
        let state = Thing { mode: mode.into(), ..applied() };
        configuration_of(&Thing::attributes(), &state.encode()).get("mode").clone()
    };
    assert_eq!(generated("a"), Value::string("a"));
    assert_eq!(generated("of the service's own"), Value::Null);
}

model! {
    /// A part.
    struct Part {
        /// The service's id.
        id: String = computed().keep(),
        /// Name.
        name: String = required(),
        /// Size.
        size: i64 = optional().initial(1),
        /// Counts writes.
        revision: i64 = computed(),
    }
}

model! {
    /// A machine.
    struct Machine {
        /// In order.
        list: List<Part> = optional(),
        /// By name.
        map: Map<Part> = optional(),
        /// Without order.
        set: Set<Part> = optional(),
    }
}

fn part(name: &str) -> Attr<Part> {
    Part { name: name.into(), ..Part::default() }.into()
}

fn built(name: &str, id: &str) -> Attr<Part> {
    Part { id: id.into(), name: name.into(), size: 7.into(), revision: 1.into() }.into()
}

fn machine(parts: &[Attr<Part>]) -> Machine {
    let named = parts.iter().map(|part| {
        let name = part.known().and_then(|part| part.name.text()).unwrap_or_default();
        (name.to_owned(), part.clone())
    });
    Machine {
        list: List(parts.to_vec()).into(),
        map: Map(named.collect()).into(),
        set: Set(parts.iter().rev().cloned().collect()).into(),
    }
}

fn propose_machine(config: &Machine, prior: Option<&Machine>) -> Machine {
    let prior = prior.map(Typed::encode);
    let planned = propose(&Machine::attributes(), &config.encode(), prior.as_ref(), &Owned::new());
    Machine::decode(planned, &Path::root()).unwrap()
}

#[test]
fn parts_that_did_not_change_stay_as_they_are() {
    let prior = machine(&[built("a", "1"), built("b", "2")]);
    assert_eq!(propose_machine(&machine(&[part("a"), part("b")]), Some(&prior)), prior);
}

#[test]
fn a_part_finds_its_prior_by_place_by_key_or_by_what_is_configured() {
    let prior = machine(&[built("a", "1"), built("b", "2")]);
    let planned = propose_machine(&machine(&[part("b"), part("c")]), Some(&prior));
    let ids = |parts: Vec<(Option<&str>, &Part)>| -> Vec<String> {
        parts.into_iter().map(|(_, part)| format!("{} {:?}", part.name.text().unwrap(), part.id)).collect()
    };
    let list = planned.list.known().unwrap().iter().map(|part| (None, part)).collect();
    assert_eq!(ids(list), ["b Known(\"1\")", "c Known(\"2\")"], "by place");
    let Map(map) = planned.map.known().unwrap();
    let map = map.iter().map(|(key, part)| (Some(key.as_str()), part.known().unwrap())).collect();
    assert_eq!(ids(map), ["b Known(\"2\")", "c Unknown"], "by key");
    let set = planned.set.known().unwrap().iter().map(|part| (None, part)).collect();
    assert_eq!(ids(set), ["c Unknown", "b Known(\"2\")"], "by what is configured");
}

#[test]
fn another_part_makes_unkept_values_of_all_parts_unknown_and_a_new_part_has_its_defaults() {
    let prior = machine(&[built("a", "1")]);
    let planned = propose_machine(&machine(&[part("a"), part("b")]), Some(&prior));
    for parts in
        [planned.list.known().unwrap().iter().collect::<Vec<_>>(), planned.set.known().unwrap().iter().collect()]
    {
        assert!(parts.iter().all(|part| part.revision.is_unknown()));
        let sizes: BTreeMap<_, _> = parts.iter().map(|part| (part.name.text(), part.size.known().copied())).collect();
        assert_eq!(sizes, [(Some("a"), Some(7)), (Some("b"), Some(1))].into());
    }
}

#[test]
fn plans_are_held_to_the_configuration_inside_of_parts_as_well() {
    let config = machine(&[part("a"), part("b")]);
    let check = |planned: Machine, prior: Option<Machine>| {
        let prior = prior.map(|prior| prior.encode());
        check_plan(&Machine::attributes(), &config.encode(), prior.as_ref(), &planned.encode())
            .iter()
            .map(|d| d.path.to_string())
            .collect::<Vec<_>>()
    };
    let right = machine(&[built("a", "1"), built("b", "2")]);
    assert_eq!(check(right.clone(), None), [""; 0]);
    let list = |parts: &[Attr<Part>]| Machine { list: List(parts.to_vec()).into(), ..right.clone() };
    assert_eq!(check(list(&[built("a", "1"), built("c", "2")]), None), ["list[1].name"]);
    let other = list(&[built("a", "1"), built("c", "2")]);
    assert_eq!(check(other.clone(), Some(other)), [""; 0], "as it was");
    assert_eq!(check(list(&[built("a", "1")]), None), ["list"]);
    assert_eq!(check(Machine { list: Attr::Unknown, ..right.clone() }, None), ["list"]);
    assert_eq!(check(Machine { set: Attr::Null, ..right.clone() }, None), ["set"]);
    let Attr::Known(Map(mut map)) = right.map.clone() else { panic!() };
    map.insert("b".into(), built("c", "2"));
    assert_eq!(check(Machine { map: Map(map.clone()).into(), ..right.clone() }, None), ["map[\"b\"].name"]);
    map.remove("a");
    assert_eq!(check(Machine { map: Map(map).into(), ..right }, None), ["map"]);
}

#[test]
fn write_only_values_are_taken_out_at_every_depth() {
    model! {
        /// An inner object.
        struct Inner {
            /// Name.
            name: String = required(),
            /// Token.
            token_wo: String = optional().write_only(),
        }
    }
    model! {
        /// An outer object.
        struct Outer {
            /// One.
            one: Inner = optional(),
            /// Many.
            many: List<Inner> = optional(),
            /// By name.
            named: Map<Inner> = optional(),
        }
    }
    let inner = |token: Attr<String>| Inner { name: "n".into(), token_wo: token };
    let outer = |token: Attr<String>| Outer {
        one: inner(token.clone()).into(),
        many: List(vec![Attr::Unknown, inner(token.clone()).into()]).into(),
        named: Map([("k".to_owned(), inner(token).into())].into()).into(),
    };
    let without = |value: Outer| without_write_only(&Outer::attributes(), value.encode());
    assert_eq!(without(outer("s".into())), outer(Attr::Null).encode());
    assert_eq!(without(outer(Attr::Unknown)), outer(Attr::Null).encode());
    assert_eq!(without_write_only(&Outer::attributes(), Value::Null), Value::Null);
}
