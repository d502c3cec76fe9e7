/// The road of data, from a playbook to a record of what was done.
///
/// ```
/// stage   bytes       ->  tree  ->  model                ->  program    ->  run               ->  report
/// value   SourceFile      Node      Inventory, Playbook      Program        RunEvent stream       text, JSON
/// target  Diagnostics     YAML      Template  Model          Engine         Engine + Transport    Report
/// ```
///
/// Inside a run, each host walks each of its plays in a lane of its own:
///
/// ```
/// Survey      what will the rest of the way want to know?   one exchange observes all of it
/// Evaluator   condition, loop, arguments                    a module: a desired state as a value
/// Module      changes(from: facts)                          what differs, and the steps that remove it
/// Batch       steps that may share a message                sent with the probes that verify them
/// Lane        verified? registered, notified, reported      on to the next instruction
/// ```
///
/// A dry run is the same walk: instead of sending steps, what they predict is laid over the facts.
/// `Coordinator` is where hosts wait for each other, `Machine` where messages leave for a host.
package enum Pipeline {
  /// From a compiled program to its record; every event on the way goes to `emit`, from any thread.
  package static func run(
    _ setup: RunSetup, _ program: Program, emit: @escaping @Sendable (RunEvent) -> Void
  ) async -> RunRecord {
    await Run(setup, program, emit: emit).execute()
  }
}
