//! Vendors that answer anything at all, to a provider that is used as Terraform uses it.

use arbitrary::{Result, Unstructured};
use zt::framework::value::Value;
use zt::proto::tfplugin6::DynamicValue;

use crate::crowd;
use crate::terraform::{Kind, Outcome, Terraform, dynamic};
use crate::values::{Words, plausible};
use crate::vendors::{Vendors, complete};

/// How many bytes of an input are for what Terraform asks; the rest is for what the vendors answer.
const QUESTIONS: usize = 160;

/// The life of an object, or a look at one or at many, with spoiled answers to every request.
pub fn run(data: &[u8]) {
    let (questions, answers) = data.split_at(data.len().min(QUESTIONS));
    let _ = attempt(Vendors::get(), &mut Unstructured::new(questions), answers);
}

fn attempt(vendors: &Vendors, u: &mut Unstructured<'_>, answers: &[u8]) -> Result<()> {
    let what = u.int_in_range(0..=9)?;
    if what == 9 {
        return crowd::read(vendors, u, answers);
    }
    let words = &vendors.begin(answers).words;
    let terraform = &vendors.terraform;
    match what {
        0 | 1 => {
            let kind = u.choose(terraform.data_sources())?;
            terraform.data_source(kind, configuration(u, kind, words)?);
        }
        2 => {
            let kind = u.choose(terraform.lists())?;
            terraform.list(kind, configuration(u, kind, words)?, 100);
        }
        3 => {
            let kind = u.choose(terraform.ephemerals())?;
            terraform.ephemeral(kind, configuration(u, kind, words)?);
        }
        4 => {
            let kind = u.choose(terraform.actions())?;
            terraform.action(kind, configuration(u, kind, words)?);
        }
        5 => {
            let kind = u.choose(terraform.resources())?;
            let imported = terraform.import(kind, u.choose(&words.anywhere)?.clone(), None);
            if !imported.failed {
                let read = terraform.read(kind, imported.value, imported.private);
                terraform.generate(kind, read.value);
            }
        }
        _ => life(terraform, words, u)?,
    }
    Ok(())
}

/// Makes an object, reads it, changes it and removes it, each from what the step before left in the state.
fn life(terraform: &Terraform, words: &Words, u: &mut Unstructured<'_>) -> Result<()> {
    let kind = u.choose(terraform.resources())?;
    let mut state = Outcome::default();
    for _ in 0..2 {
        let config = configuration(u, kind, words)?;
        terraform.validate(kind, config.clone(), true);
        let planned = terraform.plan(kind, state.value.clone(), Some(config.clone()), state.private.clone());
        if planned.failed {
            continue;
        }
        state = terraform.apply(kind, state.value, planned.value, Some(config), planned.private);
        state = terraform.read(kind, state.value, state.private);
    }
    let null = || Some(dynamic(&Value::Null, &kind.ty));
    let planned = terraform.plan(kind, state.value.clone(), null(), state.private.clone());
    if !planned.failed {
        terraform.apply(kind, state.value, planned.value, null(), planned.private);
    }
    Ok(())
}

/// A configuration without unknown values, as it is when something is applied.
fn configuration(u: &mut Unstructured<'_>, kind: &Kind, words: &Words) -> Result<DynamicValue> {
    let value = complete(plausible(u, &kind.attributes, words, false)?, &kind.attributes);
    Ok(dynamic(&known(value), &kind.ty))
}

fn known(value: Value) -> Value {
    let each = |items: Vec<Value>| items.into_iter().map(known).collect();
    match value {
        Value::Unknown(_) => Value::Null,
        Value::List(items) => Value::List(each(items)),
        Value::Set(items) => Value::Set(each(items)),
        Value::Map(items) => Value::Map(items.into_iter().map(|(k, v)| (k, known(v))).collect()),
        Value::Object(items) => Value::Object(items.into_iter().map(|(k, v)| (k, known(v))).collect()),
        other => other,
    }
}
