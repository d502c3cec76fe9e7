import ArgumentParser
import Bundle
import Diagnostics
import Engine
import Model
import Report
import SSH
import Schema
import Transport

/// `spile bundle coverage`.
struct BundleCoverageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coverage",
    abstract:
      "Say what playbooks will need on a site that bundles do not have; connects to nothing.",
    discussion: """
      spile bundle coverage -i site.ini site.yml --bundle site.tar

      Looked at: bundle_file, containerd_image, sandbox_image of containerd, images that kubernetes_object, copy and \
      template put into objects of the Kubernetes API, images in manifests of the bundle, and packages that package, \
      apt, dnf and yum install (not what these depend on). The inventory says what hosts are: ansible_architecture, \
      ansible_distribution, ansible_distribution_version. What only a host or an earlier task can tell is listed as not \
      known; commands are not looked into.

      Exit status: 0 when all that is known to be needed is there, 2 when something is missing.
      """)

  @ArgumentParser.Argument(
    help: "The playbooks; without -i the first one is the inventory.",
    completion: .file(extensions: ["yml", "yaml"]))
  var playbooks: [String]
  @Option(
    help: ArgumentHelp("A bundle. May be repeated.", valueName: "bundle"), completion: .file())
  var bundle: [String]
  @OptionGroup var trust: TrustOptions
  @OptionGroup(title: "Hosts") var inventory: InventoryOptions
  @OptionGroup(title: "Variables") var variables: VariableOptions
  @Flag(help: "Packages come from a repository of the site: leave them out.") var sitePackages =
    false
  @Flag(help: "Count what is not known as missing.") var strict = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if playbooks.isEmpty || (inventory.sources.isEmpty && playbooks.count < 2) {
      throw ValidationError("name an inventory and a playbook")
    }
  }

  func run() throws {
    var inventory = inventory
    var playbooks = playbooks
    if inventory.sources.isEmpty { inventory.inventory = [playbooks.removeFirst()] }
    let bundles = try trust.bundles(bundle)
    var survey = CoverageSurvey(bundles, ignoresPackages: sitePackages)
    for playbook in playbooks { try add(playbook, inventory, &survey) }
    let report = CoverageReport(survey: survey)
    if json {
      StandardStream.output.line(JSON.text(report.json, style: .indented))
    } else {
      for line in report.lines { StandardStream.output.line(line) }
    }
    if report.missingCount > 0 || (strict && report.unknownCount > 0) { throw ExitCode(2) }
  }

  private func add(
    _ playbook: String, _ inventory: InventoryOptions, _ survey: inout CoverageSurvey
  ) throws {
    var composition = Composition(variables.vault)
    // The bundles that are looked at are those that tasks will find.
    let paths = Value.list((bundle + trust.base).map { .string(composition.disk.absolute($0)) })
    let extra = [JSON.text(.dict(["spile_bundle": paths]))] + variables.extraVars
    let loaded = composition.load(
      Composition.Request(
        playbook: playbook, inventory: inventory, extraVariables: extra, settings: RunSettings()))
    var options = RunOptions(mode: .plan)
    options.limit = loaded?.limitedHosts
    options.bundleKeys = trust.trust.isEmpty ? TrustOptions.ofEnvironment : trust.trust
    let program = loaded.flatMap { composition.compile($0, options) }
    try Complaints.show(composition.diagnostics)
    guard let loaded, let program else { throw ExitCode(ExitStatus.couldNotStart) }
    let ssh = SSHOptions(home: Process.home, user: Process.user, agentPath: nil)
    do throws(TransportError) {
      let setup = try composition.setup(loaded, options, ssh: ssh)
      survey.add(
        program, Foresight(setup), HostContext(loaded, disk: composition.disk))
    } catch {
      try Complaints.fail(Diagnostic(.error, "ssh", error.message, help: error.help))
    }
  }
}
