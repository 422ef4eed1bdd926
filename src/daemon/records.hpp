// The fields of everything that stands in the journal. A change here is a change of `Journal::version`.
#pragma once

#include "daemon/archive.hpp"
#include "daemon/tables.hpp"
#include "kernel/action.hpp"
#include "kernel/state.hpp"

namespace chorus::daemon {

// ---- Of the kernel.

// clang-format off
template <class A> void fields(A &a, kernel::Capability &v) { a(v.unique_id, v.key); }
template <class A> void fields(A &a, kernel::Range &v) { a(v.start, v.size_bytes); }
template <class A> void fields(A &a, kernel::SegmentPart &v) { a(v.segment, v.range); }
template <class A> void fields(A &a, kernel::ProtectionId &v) { a(v.uid, v.gid, v.did); }
template <class A> void fields(A &a, kernel::Credentials &v) { a(v.uid, v.gid, v.groups); }
template <class A> void fields(A &a, kernel::Quota &v) { a(v.regions, v.bytes, v.actors, v.calls); }
template <class A> void fields(A &a, kernel::Quotas &v) { a(v.actor, v.user); }
template <class A> void fields(A &a, kernel::Marks &v) { a(v.red, v.orange, v.green); }
template <class A> void fields(A &a, kernel::Lock &v) { a(v.owner, v.space, v.range); }
// clang-format on
template <class A>
void fields(A &a, kernel::Region &v) {
    a(v.range, v.segment, v.offset, v.options, v.opaque2, v.opaque1, v.owner);
}
template <class A>
void fields(A &a, kernel::CopyPart &v) {
    a(v.source, v.source_offset, v.target, v.target_offset, v.size_bytes);
}
template <class A>
void fields(A &a, kernel::NewSegment &v) {
    a(v.segment, v.size_bytes, v.executable, v.present, v.untouchable_bytes, v.copies);
}

template <class A>
void fields(A &a, kernel::action::CreateActor &v) {
    a(v.actor, v.key, v.parent, v.name, v.uid, v.privilege, v.phase, v.stopped, v.protection, v.forked_from, v.segments,
      v.copies);
}
template <class A>
void fields(A &a, kernel::action::ChangeSpace &v) {
    a(v.space, v.follow_by, v.ranges, v.remove, v.place, v.segments, v.present, v.merge, v.mapping_caller);
}
template <class A>
void fields(A &a, kernel::action::SetAttributes &v) {
    a(v.space, v.range, v.regions, v.present);
}
// clang-format off
template <class A> void fields(A &a, kernel::action::BeginActor &v) { a(v.actor, v.uid); }
template <class A> void fields(A &a, kernel::action::ExcludeRange &v) { a(v.actor, v.range); }
template <class A> void fields(A &a, kernel::action::SetPrivilege &v) { a(v.actor, v.privilege); }
template <class A> void fields(A &a, kernel::action::RenameActor &v) { a(v.actor, v.name); }
template <class A> void fields(A &a, kernel::action::EndActor &v) { a(v.actor, v.cause); }
template <class A> void fields(A &a, kernel::action::ForgetChild &v) { a(v.parent, v.child); }
template <class A> void fields(A &a, kernel::action::ClaimChange &v) { a(v.space, v.member); }
template <class A> void fields(A &a, kernel::action::AcknowledgeChange &v) { a(v.space, v.member); }
template <class A> void fields(A &a, kernel::action::UndoChange &v) { a(v.space, v.why, v.refused_by); }
template <class A> void fields(A &a, kernel::action::LockRange &v) { a(v.lock, v.present); }
template <class A> void fields(A &a, kernel::action::UnlockRange &v) { a(v.lock); }
template <class A> void fields(A &a, kernel::action::GivePhysical &v) { a(v.segment, v.offset); }
template <class A> void fields(A &a, kernel::action::ChangeMarks &v) { a(v.marks); }
template <class A> void fields(A &a, kernel::action::SetStopped &v) { a(v.actor, v.stopped); }
template <class A> void fields(A &a, kernel::action::SetProtection &v) { a(v.actor, v.protection); }
template <class A> void fields(A &a, kernel::action::SetQuotas &v) { a(v.quotas); }
template <class A> void fields(A &a, kernel::action::SetCredentials &v) { a(v.actor, v.credentials); }
// clang-format on

template <class A>
void fields(A &a, kernel::Config &v) {
    a(v.page_size_bytes, v.low_window, v.high_window, v.supervisor_window, v.nonce, v.kernel_uid,
      v.max_regions_per_actor, v.max_actors, v.strict);
}
template <class A>
void fields(A &a, kernel::Change &v) {
    a(v.number, v.ranges, v.made, v.before, v.given_up, v.follow_by, v.agreed, v.ready, v.members, v.mapping_caller,
      v.turn, v.mapping);
}
// An address space is what it is made from.
void fields(Writer &writer, kernel::AddressSpace &space);
void fields(Reader &reader, kernel::AddressSpace &space);
template <class A>
void fields(A &a, kernel::Space &v) {
    a(v.regions, v.change);
}
template <class A>
void fields(A &a, kernel::Actor &v) {
    a(v.capability, v.parent, v.name, v.uid, v.process_uid, v.privilege, v.phase, v.stopped, v.protection,
      v.credentials, v.turn, v.space, v.ended_children);
}
// Its coverage is counted anew.
template <class A>
void fields(A &a, kernel::SegmentRecord &v) {
    a(v.size_bytes, v.physical_start);
}
// What can be counted from the rest is: see `recount`.
template <class A>
void fields(A &a, kernel::State &v) {
    a(v.config, v.actors, v.supervisor_space, v.segments, v.locks, v.marks, v.quotas, v.next_actor, v.next_segment,
      v.next_physical, v.next_change);
}
// Fills in coverages, usage, and the indexes of physical places and changes. False where a region maps a segment that
// is not there.
bool recount(kernel::State &state);

// ---- Of the site.

// clang-format off
template <class A> void fields(A &a, wire::Peer &v) { a(v.pid, v.uid, v.gid); }
template <class A> void fields(A &a, wire::Request &v) { a.bytes(&v, sizeof v); }
template <class A> void fields(A &a, wire::Order &v) { a.bytes(&v, sizeof v); }
template <class A> void fields(A &a, ConnectionRow &v) { a(v.holder, v.peer, v.actor); }
template <class A> void fields(A &a, SegmentRow &v) { a(v.file, v.size_bytes); }
template <class A> void fields(A &a, OrderRow &v) { a(v.order); }
template <class A> void fields(A &a, OrderRow::Key &v) { a(v.member, v.turn); }
template <class A> void fields(A &a, WaitingRow &v) { a(v.socket, v.request, v.change, v.deadline_ns); }
// clang-format on
template <class A>
void fields(A &a, Tables &v) {
    std::apply(a, v);
}
template <class A>
void fields(A &a, ProcessRow &v) {
    a(v.connection, v.service, v.status, v.pidfd, v.pid, v.condemned, v.claim);
}

}  // namespace chorus::daemon
