import Diagnostics
import ModuleKit
import Schema

extension EtcdMemberModule {
  init(_ arguments: Arguments) throws(Diagnostic) {
    name = try arguments[Self.nameParameter]
    client = try EtcdClient(arguments)
    members = try arguments[Self.membersParameter]
    let peerURL = try members.url(
      of: name, at: arguments.span(of: Self.membersParameter.manual))
    peerURLs = [peerURL]
    ownEndpoint = try arguments[Self.ownEndpointParameter]
    guard client.endpoints.contains(ownEndpoint) else {
      throw Diagnostic(
        .error, "etcd-url", "`endpoints` does not have `client_url`, \(ownEndpoint)",
        at: arguments.span(of: Self.ownEndpointParameter.manual))
    }
    token = try arguments[Self.tokenParameter]
    dataFolder = try arguments[Self.dataFolderParameter]
    user = try arguments[Self.userParameter]
    let instance = try arguments[EtcdInstance.parameter]
    unit = instance.unit
    beginsCluster = try arguments[Self.newCluster]
    replaces = try arguments[Self.replace]
    timeout = try arguments[Self.timeoutParameter]
    settings = try Self.settings(arguments, name: name, peerURL: peerURL, clientURL: ownEndpoint)
    settingsFile = WholeFile(path: instance.folder.appending("etcd.env"))
    initialFile = instance.initialFile
    unitFile = WholeFile(path: HostPath.root.appending("etc/systemd/system/\(unit)"))
    unitText = Self.unitText(
      settings: instance.folder,
      program: try arguments[Self.program], user: user, data: dataFolder,
      oomScore: try arguments[Self.oomScore], timeout: timeout)
  }

  private static func settings(
    _ arguments: Arguments, name: String, peerURL: String, clientURL: String
  ) throws(Diagnostic) -> EtcdSettings {
    var settings = EtcdSettings()
    func given(_ parameter: Parameter<[String]>, or fallback: [String]) throws(Diagnostic) -> String
    {
      let urls = try arguments[parameter]
      return (urls.isEmpty ? fallback : urls).joined(separator: ",")
    }
    let local = clientURL.hasPrefix("http://") ? "http://127.0.0.1" : "https://127.0.0.1"
    let port = clientURL.split(separator: ":").last.map(String.init) ?? "2379"
    settings.set("ETCD_NAME", name)
    settings.set("ETCD_DATA_DIR", try arguments[dataFolderParameter].string)
    if let wal = try arguments[walFolder] { settings.set("ETCD_WAL_DIR", wal.string) }
    settings.set("ETCD_LISTEN_PEER_URLS", try given(listenPeer, or: [peerURL]))
    settings.set("ETCD_INITIAL_ADVERTISE_PEER_URLS", peerURL)
    settings.set(
      "ETCD_LISTEN_CLIENT_URLS", try given(listenClient, or: [clientURL, "\(local):\(port)"]))
    settings.set("ETCD_ADVERTISE_CLIENT_URLS", clientURL)
    let metricsURLs = try arguments[metrics]
    if !metricsURLs.isEmpty {
      settings.set("ETCD_LISTEN_METRICS_URLS", metricsURLs.joined(separator: ","))
    }
    if clientURL.hasPrefix("https://") {
      settings.set("ETCD_CERT_FILE", try arguments[serverCertificate].string)
      settings.set("ETCD_KEY_FILE", try arguments[serverKey].string)
      settings.set("ETCD_TRUSTED_CA_FILE", try arguments[EtcdClient.caParameter].string)
      settings.set("ETCD_CLIENT_CERT_AUTH", "true")
    }
    if peerURL.hasPrefix("https://") {
      settings.set("ETCD_PEER_CERT_FILE", try arguments[peerCertificate].string)
      settings.set("ETCD_PEER_KEY_FILE", try arguments[peerKey].string)
      settings.set("ETCD_PEER_TRUSTED_CA_FILE", try arguments[EtcdClient.caParameter].string)
      settings.set("ETCD_PEER_CLIENT_CERT_AUTH", "true")
    }
    for (kind, parameter) in [
      (EtcdSettings.Number.heartbeat, heartbeat), (.election, election),
      (.snapshotCount, snapshotCount), (.quota, quota), (.maxRequest, maxRequest),
    ] {
      let number = try arguments[parameter].value
      if let objection = kind.objection(number) {
        throw Diagnostic(
          .error, "etcd-number", objection.message, at: arguments.span(of: parameter.manual),
          help: objection.help)
      }
      settings.set(kind.variable, String(number))
    }
    try checkTimes(arguments)
    settings.set("ETCD_AUTO_COMPACTION_MODE", try arguments[compactionMode].rawValue)
    settings.set("ETCD_AUTO_COMPACTION_RETENTION", try arguments[compaction])
    settings.set("ETCD_LOG_LEVEL", try arguments[logLevel])
    try addFurther(to: &settings, arguments)
    return settings
  }

  private static func checkTimes(_ arguments: Arguments) throws(Diagnostic) {
    let (beat, limit) = (try arguments[heartbeat].value, try arguments[election].value)
    guard limit < 5 * beat else { return }
    throw Diagnostic(
      .error, "etcd-number",
      "`election_timeout` (\(limit) ms) is less than 5 heartbeats of \(beat) ms: etcd does not start with that",
      at: arguments.span(of: election.manual),
      help: "\(10 * beat) is advised: 10 heartbeats")
  }

  private static func addFurther(
    to settings: inout EtcdSettings, _ arguments: Arguments
  ) throws(Diagnostic) {
    for (key, value) in try arguments[extra].pairs {
      let name = (key.string ?? "").uppercased().replacing("-", with: "_")
      let variable = name.hasPrefix("ETCD_") ? name : "ETCD_" + name
      guard !name.isEmpty,
        name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }),
        settings.environment[variable] == nil, !variable.hasPrefix("ETCD_INITIAL_CLUSTER")
      else {
        throw Diagnostic(
          .error, "etcd-setting", "`\(key.string ?? "")` cannot be set by `settings`",
          at: arguments.span(of: extra.manual),
          help: "it has a parameter of its own, or is no flag of etcd")
      }
      switch value {
      case .bool(let flag): settings.set(variable, flag ? "true" : "false")
      case .int(let number): settings.set(variable, String(number))
      default: settings.set(variable, value.string ?? "")
      }
    }
  }

  private static func unitText(
    settings: HostPath,
    program: HostPath, user: String, data: HostPath, oomScore: Int, timeout: Int
  ) -> String {
    """
    # Written by spile; what is changed here by hand is set back.
    [Unit]
    Description=etcd, the cluster's key-value store
    Documentation=https://etcd.io/docs
    Wants=network-online.target
    After=network-online.target
    RequiresMountsFor=\(data)

    [Service]
    Type=notify
    User=\(user)
    EnvironmentFile=\(settings)/etcd.env
    EnvironmentFile=-\(settings)/initial.env
    ExecStart=\(program)
    Restart=on-failure
    RestartSec=2
    TimeoutStartSec=\(timeout)
    LimitNOFILE=65536
    OOMScoreAdjust=\(oomScore)
    CPUWeight=1000
    IOWeight=1000

    [Install]
    WantedBy=multi-user.target

    """
  }
}
