import Diagnostics
import Glibc
import Model
import ModuleKit
import Schema
import Template
import Transport

/// Everything a run is made of, gathered once by the composition root.
package struct RunSetup: Sendable {
  package let playbook: Playbook
  package let variables: VariableStore
  package let registry: ModuleRegistry
  package let connector: any Connector
  package let hostFacts: HostFactsSource
  package let disk: ControllerDisk
  package let options: RunOptions
  let cache = ControllerCache()
  let bundles: ControllerBundles
  let memo = EvaluationMemo()
  /// Seconds since 1970: what counts as the present for as long as the run lasts.
  let now = time(nil)
  /// Templates' way to the controller for a task's folders.
  package let resources:
    @Sendable (_ folders: [String], _ variables: any Variables) -> any TemplateResources
  /// Loads the tasks of an inclusion whose file or role is only known when it is reached.
  package let includeTasks:
    @Sendable (IncludeTasks, _ file: String, _ parts: [String: String]) throws -> Included

  package init(
    playbook: Playbook, variables: VariableStore, registry: ModuleRegistry,
    connector: any Connector, hostFacts: HostFactsSource, disk: ControllerDisk, options: RunOptions,
    resources: @escaping @Sendable ([String], any Variables) -> any TemplateResources,
    includeTasks:
      @escaping @Sendable (IncludeTasks, String, [String: String]) throws -> Included
  ) {
    self.playbook = playbook
    self.variables = variables
    self.registry = registry
    self.connector = connector
    self.hostFacts = hostFacts
    self.disk = disk
    self.options = options
    bundles = ControllerBundles(keyPaths: options.bundleKeys)
    self.resources = resources
    self.includeTasks = includeTasks
  }

  /// The inventory, with what the run has added to it.
  package var inventory: Inventory { variables.inventory }

  /// A host that plays run on: one of the inventory, or `localhost`, which is there without being written.
  func host(named name: String) -> Host? {
    inventory.host(named: name) ?? inventory.implicitLocalhost(name)
  }

  /// Steps ran on the controller: what was read from its disk is read again.
  func forgetController() {
    cache.forget()
    memo.forget()
  }

  func renderer(_ variables: any Variables, _ folders: [String]) -> Renderer {
    Renderer(variables: variables, resources: resources(folders, variables))
  }

  /// The variables of a machine that another host's task works on.
  func renderer(forMachine name: String, play: CompiledPlay) -> Renderer {
    let host = self.host(named: name) ?? Host.implicit(name)
    return renderer(variables.variables(for: host, play: play.play), [play.play.folder])
  }
}
