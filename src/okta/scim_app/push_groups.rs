//! Push groups: the groups that Okta keeps in sync in the app.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tags/grouppushmapping>. An app has one
//! mapping per source group, which is therefore what identifies it here. Answers do not name the target group; its
//! name is that of the group `targetGroupId`.

use super::{PushGroup, ScimApp, failed};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    model::{Attr, Set},
    path::Path,
};
use crate::okta::api::{
    Client, is_gone,
    push_mappings::{PushMapping, PushStatus, Target},
};
use crate::okta::ids;
use crate::path;

/// Private state: ids of mappings that were in the state and that the last read found paused, because somebody paused them
/// or because their removal broke off half-way. The state no longer has them, and they are ours to remove still.
const PAUSED: &str = "paused_push_mappings";

fn at() -> Path {
    path!(ScimApp.push_groups)
}

fn source(group: &PushGroup) -> Result<&str> {
    ids::known(&group.source_group_id, "a push group of okta_scim_app")
}

/// The mapping that pushes the group, if there is one.
fn mapping_of<'a>(mappings: &'a [PushMapping], group: &PushGroup) -> Option<&'a PushMapping> {
    let source = group.source_group_id.text()?;
    mappings.iter().find(|mapping| mapping.source_group_id == source)
}

/// A group can be pushed to an app once.
pub(super) fn validate(config: &ScimApp, problems: &mut Diagnostics) {
    let Some(groups) = config.push_groups.known() else { return };
    let mut seen = Vec::new();
    for id in groups.iter().filter_map(|group| group.source_group_id.text()) {
        if seen.contains(&id) {
            problems.push(
                Diagnostic::error(
                    "A group is pushed twice",
                    format!("push_groups names the source group {id} more than once; Okta pushes a group to an app once. Keep one of the elements."),
                )
                .at(at()),
            );
        }
        seen.push(id);
    }
}

/// What of the state is in force; after an import, all that is there. A mapping that is gone or paused is left out, so
/// that the next plan brings it back; one in error stays, with a warning.
pub(super) async fn read(call: &Call, okta: &Client, state: &mut ScimApp) -> Result<()> {
    let app_id = super::id(state)?;
    if call.importing() {
        state.push_groups = read_all(call, okta, app_id).await?;
        return Ok(());
    }
    let Some(held) = state.push_groups.known().filter(|groups| !groups.0.is_empty()) else { return Ok(()) };
    let mappings = list(okta, app_id).await?;
    let (mut there, mut paused) = (Vec::new(), paused(call));
    paused.retain(|id| mappings.iter().any(|mapping| mapping.id == *id && mapping.status == PushStatus::Inactive));
    for group in held.iter() {
        let Some(mapping) = mapping_of(&mappings, group) else { continue };
        match mapping.status {
            PushStatus::Inactive => {
                paused.push(mapping.id.clone());
                continue;
            }
            PushStatus::Error => call.warn(in_error(mapping)),
            PushStatus::Active | PushStatus::Other => {}
        }
        there.push(group.clone());
    }
    remember(call, paused);
    state.push_groups = Attr::Known(there.into_iter().collect());
    Ok(())
}

fn paused(call: &Call) -> Vec<String> {
    call.private().get(PAUSED).unwrap_or_default()
}

fn remember(call: &Call, mut paused: Vec<String>) {
    paused.sort();
    paused.dedup();
    match paused.is_empty() {
        true => call.private().remove(PAUSED),
        false => call.private().set(PAUSED, paused),
    }
}

/// Whether mappings are left that were to be removed, or that nobody wants any longer: of these the state shows nothing.
pub(super) fn is_unfinished(call: &Call) -> bool {
    !paused(call).is_empty()
}

/// All that are there, for an import; null if there is none.
async fn read_all(call: &Call, okta: &Client, app_id: &str) -> Result<Attr<Set<PushGroup>>> {
    let mut all = Vec::new();
    for mapping in list(okta, app_id).await? {
        if mapping.status == PushStatus::Error {
            call.warn(in_error(&mapping));
        }
        let target = target_name(okta, &mapping).await?;
        let named_alike = target.is_none() || target == name(okta, &mapping.source_group_id).await?;
        all.push(PushGroup {
            source_group_id: mapping.source_group_id.into(),
            target_group_name: if named_alike { Attr::Null } else { target.into() },
            delete_target_group_on_destroy: false.into(),
        });
    }
    Ok(if all.is_empty() { Attr::Null } else { Attr::Known(all.into_iter().collect()) })
}

/// Makes the mappings of the app those of `planned`: what `state` holds and the plan does not is removed, what the
/// plan has and Okta does not is made. Every step is recorded in `state`.
pub(super) async fn apply(
    call: &Call,
    okta: &Client,
    state: &mut ScimApp,
    planned: &Attr<Set<PushGroup>>,
) -> Result<()> {
    let app_id = super::id(state)?.to_owned();
    let mut held: Vec<PushGroup> =
        state.push_groups.known().map(|set| set.iter().cloned().collect()).unwrap_or_default();
    let wanted: Vec<&PushGroup> = planned.known().map(|set| set.iter().collect()).unwrap_or_default();
    let paused = paused(call);
    if !(held.is_empty() && wanted.is_empty() && paused.is_empty()) {
        let mut mappings = list(okta, &app_id).await?;
        for mapping in mappings.clone().iter().filter(|mapping| paused.contains(&mapping.id)) {
            if mapping.status != PushStatus::Inactive || is_wanted(okta, mapping, &wanted).await? {
                continue;
            }
            remove(okta, &app_id, mapping, false).await?;
            mappings.retain(|other| other.id != mapping.id);
        }

        for group in held.clone() {
            if wanted.iter().any(|other| other.is_same_mapping(&group)) {
                continue;
            }
            if let Some(mapping) = mapping_of(&mappings, &group).cloned() {
                remove(okta, &app_id, &mapping, group.delete_target_group_on_destroy.is_true()).await?;
                mappings.retain(|other| other.id != mapping.id);
            }
            held.retain(|other| *other != group);
            record(call, state, &held);
        }

        for group in wanted {
            let known = held.iter().any(|other| other.is_same_mapping(group));
            match mapping_of(&mappings, group) {
                Some(mapping) => adopt(call, okta, &app_id, group, mapping, known).await?,
                None => create(call, okta, &app_id, group).await?,
            }
            held.retain(|other| !other.is_same_mapping(group));
            held.push(group.clone());
            record(call, state, &held);
        }
    }
    remember(call, Vec::new());
    state.push_groups = planned.clone();
    Ok(())
}

/// Whether a paused mapping is one that the plan has, under the name that the plan gives it.
async fn is_wanted(okta: &Client, mapping: &PushMapping, wanted: &[&PushGroup]) -> Result<bool> {
    let is_of = |group: &&&PushGroup| group.source_group_id.text() == Some(mapping.source_group_id.as_str());
    let Some(group) = wanted.iter().find(is_of) else { return Ok(false) };
    let (wanted, actual) = (desired_name(okta, group).await?, target_name(okta, mapping).await?);
    Ok(actual.is_none_or(|actual| actual == wanted))
}

/// Removes the mappings in the state, for destruction.
pub(super) async fn remove_all(okta: &Client, app_id: &str, groups: &Attr<Set<PushGroup>>) -> Result<()> {
    let Some(groups) = groups.known().filter(|groups| !groups.0.is_empty()) else { return Ok(()) };
    let mappings = match okta.list_push_mappings(app_id).await {
        Err(error) if is_gone(&error) => return Ok(()),
        listed => listed.map_err(|error| failed("list the groups that Okta pushes to the app", &error, at()))?,
    };
    for group in groups.iter() {
        if let Some(mapping) = mapping_of(&mappings, group) {
            remove(okta, app_id, mapping, group.delete_target_group_on_destroy.is_true()).await?;
        }
    }
    Ok(())
}

impl PushGroup {
    /// Whether two elements mean the same mapping; what happens on destruction is not part of it.
    pub(super) fn is_same_mapping(&self, other: &Self) -> bool {
        self.source_group_id == other.source_group_id && self.target_group_name == other.target_group_name
    }
}

fn record(call: &Call, state: &mut ScimApp, held: &[PushGroup]) {
    state.push_groups = Attr::Known(held.iter().cloned().collect());
    call.keep(state);
}

async fn create(call: &Call, okta: &Client, app_id: &str, group: &PushGroup) -> Result<()> {
    let name = desired_name(okta, group).await?;
    let mapping = match okta.create_push_mapping(app_id, source(group)?, Target::Name(&name)).await {
        // There was none of this group a moment ago, and an app can have one only.
        Err(error) if error.is_maybe_done() => found_again(okta, app_id, group, &name).await.ok_or(error),
        made => made,
    };
    let mapping = mapping.map_err(|error| failed(&format!("push the group {name:?} to the app"), &error, at()))?;
    if mapping.status == PushStatus::Error {
        call.warn(in_error(&mapping));
    }
    Ok(())
}

/// The mapping that was made although the answer was lost.
async fn found_again(okta: &Client, app_id: &str, group: &PushGroup, name: &str) -> Option<PushMapping> {
    let mappings = okta.list_push_mappings(app_id).await.ok()?;
    let mapping = mapping_of(&mappings, group)?;
    let target = target_name(okta, mapping).await.ok()?;
    target.is_none_or(|target| target == name).then(|| mapping.clone())
}

/// Takes a mapping that is there. One that this resource has not made (`known` is false) must have the right target:
/// it is not ours to remove.
async fn adopt(
    call: &Call,
    okta: &Client,
    app_id: &str,
    group: &PushGroup,
    mapping: &PushMapping,
    known: bool,
) -> Result<()> {
    if !known {
        let (wanted, actual) = (desired_name(okta, group).await?, target_name(okta, mapping).await?);
        if let Some(actual) = actual.filter(|actual| *actual != wanted) {
            return Err(Diagnostic::error(
                "The group is pushed to the app already, under another name",
                format!(
                    "Mapping {} pushes the group {} as {actual:?}, not as {wanted:?}, and was not made by this resource, so it is left alone. \
                     Set target_group_name = {actual:?}, or remove the mapping in Okta (tab Push Groups of the app) and apply again.",
                    mapping.id, mapping.source_group_id
                ),
            )
            .at(at())
            .into());
        }
    }
    match mapping.status {
        PushStatus::Inactive => {
            let mapping = okta
                .set_push_mapping_active(app_id, &mapping.id, true)
                .await
                .map_err(|error| failed("resume pushing a group to the app", &error, at()))?;
            if mapping.status == PushStatus::Error {
                call.warn(in_error(&mapping));
            }
        }
        PushStatus::Error => call.warn(in_error(mapping)),
        PushStatus::Active | PushStatus::Other => {}
    }
    Ok(())
}

/// Deletes a mapping, which Okta allows once it is inactive.
async fn remove(okta: &Client, app_id: &str, mapping: &PushMapping, delete_target: bool) -> Result<()> {
    let what = format!("stop pushing the group {} to the app", mapping.source_group_id);
    if mapping.status != PushStatus::Inactive {
        match okta.set_push_mapping_active(app_id, &mapping.id, false).await {
            Ok(_) => {}
            Err(error) if is_gone(&error) => return Ok(()),
            // Since July 2026 a mapping in error can be deleted as it is; not every org lets it be paused.
            Err(_) if mapping.status == PushStatus::Error => {}
            Err(error) => return Err(failed(&what, &error, at()).into()),
        }
    }
    okta.delete_push_mapping(app_id, &mapping.id, delete_target)
        .await
        .map_err(|error| failed(&what, &error, at()).into())
}

async fn list(okta: &Client, app_id: &str) -> Result<Vec<PushMapping>> {
    okta.list_push_mappings(app_id)
        .await
        .map_err(|error| failed("list the groups that Okta pushes to the app", &error, at()).into())
}

/// The name that the group is to have in the app: as configured, or that of the source group.
async fn desired_name(okta: &Client, group: &PushGroup) -> Result<String> {
    if let Some(name) = group.target_group_name.text() {
        return Ok(name.to_owned());
    }
    let id = source(group)?;
    name(okta, id).await?.ok_or_else(|| {
        Diagnostic::error(
            "The group to push does not exist",
            format!("Okta has no group {id}. Take the id of an Okta group, like 00g…, for source_group_id."),
        )
        .at(at())
        .into()
    })
}

async fn target_name(okta: &Client, mapping: &PushMapping) -> Result<Option<String>> {
    match &mapping.target_group_id {
        Some(id) => name(okta, id).await,
        None => Ok(None),
    }
}

async fn name(okta: &Client, group_id: &str) -> Result<Option<String>> {
    let group = okta.group(group_id).await.map_err(|error| failed("read a pushed group", &error, at()))?;
    Ok(group.map(|group| group.profile.name))
}

fn in_error(mapping: &PushMapping) -> Diagnostic {
    let reason = mapping.error_summary.as_deref().unwrap_or("Okta gives no reason.");
    Diagnostic::warning(
        "Okta cannot push a group",
        format!(
            "Group {}, mapping {}: {reason}\n\nOkta tries again when the group changes. To make it try now, choose Push now in the tab Push Groups of the app.",
            mapping.source_group_id, mapping.id
        ),
    )
    .at(at())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(source: &str, target: Option<&str>, delete: bool) -> PushGroup {
        PushGroup {
            source_group_id: source.into(),
            target_group_name: target.map(str::to_owned).into(),
            delete_target_group_on_destroy: delete.into(),
        }
    }

    #[test]
    fn another_name_is_another_mapping_and_the_deletion_flag_is_not() {
        assert!(group("a", None, true).is_same_mapping(&group("a", None, false)));
        assert!(!group("a", None, true).is_same_mapping(&group("a", Some("x"), true)));
        assert!(!group("a", None, true).is_same_mapping(&group("b", None, true)));
    }

    #[test]
    fn a_source_group_named_twice_is_refused() {
        let groups =
            |all: Vec<PushGroup>| ScimApp { push_groups: Attr::Known(all.into_iter().collect()), ..ScimApp::default() };
        let mut problems = Diagnostics::new();
        validate(&groups(vec![group("a", None, false), group("b", None, false)]), &mut problems);
        assert!(problems.is_empty());
        validate(&groups(vec![group("a", None, false), group("a", Some("x"), false)]), &mut problems);
        assert_eq!(problems.iter().next().unwrap().path, at());
    }
}
