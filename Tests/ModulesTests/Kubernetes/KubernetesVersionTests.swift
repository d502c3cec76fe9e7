import Diagnostics
import Schema
import Testing

@testable import Modules

/// Tables of versions, and what they refuse.
@Suite struct KubernetesVersionTests {
  private static let apiServer = """
    etcd-servers: [https://10.0.0.1:2379]
    authorization-mode: [Node, RBAC]
    client-ca-file: /p/ca.crt
    tls-cert-file: /p/apiserver.crt
    tls-private-key-file: /p/apiserver.key
    service-account-issuer: https://kubernetes.default.svc
    service-account-key-file: /p/sa.pub
    service-account-signing-key-file: /p/sa.key
    service-cluster-ip-range: 10.96.0.0/12
    """

  private func apiServer(
    _ flags: String = "", version: String = "1.36", accept: String = "[]"
  ) throws -> KubeAPIServerModule {
    let lines = (Self.apiServer + "\n" + flags).fileLines.map { "  \($0)" }.joined(separator: "\n")
    return try module(
      KubeAPIServerModule.self, "version: \"\(version)\"\naccept: \(accept)\nflags:\n\(lines)")
  }

  private func kubelet(_ config: String, version: String = "1.36", more: String = "") throws
    -> KubeletModule
  {
    let lines = config.fileLines.map { "  \($0)" }.joined(separator: "\n")
    return try module(
      KubeletModule.self,
      "version: \"\(version)\"\nflags: {kubeconfig: /etc/kubernetes/kubelet.conf}\n\(more)\nconfig:\n\(lines)"
    )
  }

  private func complaint(_ body: () throws -> Void) throws -> Diagnostic {
    do {
      try body()
    } catch let error as Diagnostic {
      return error
    } catch let error as DiagnosticError {
      return try #require(error.diagnostics.first)
    }
    Issue.record("it was accepted")
    return Diagnostic(.error, "accepted", "")
  }

  @Test func `versions are known by their minor number`() {
    #expect(KubernetesVersion("v1.36.3")?.minor == 36)
    #expect(KubernetesVersion("1.31")?.minor == 31)
    #expect(KubernetesVersion.minor(of: "Kubernetes v1.35.6") == 35)
    for text in ["1.30", "1.37", "2.36", "1", "", "latest"] {
      #expect(KubernetesVersion(text) == nil, "\(text)")
    }
  }

  @Test func `tables say what came and what went`() throws {
    let known = try ["1.31", "1.32", "1.33", "1.34", "1.35", "1.36"].map {
      try #require(KubernetesVersion($0))
    }
    #expect(
      known.map { $0.flags(of: .kubeAPIServer)["tls-curve-preferences"] != nil }
        == [false, false, false, false, false, true])
    #expect(
      known.map { $0.fields(of: .kubelet)["mergeDefaultEvictionSettings"] != nil } == [
        false, false, true, true, true, true,
      ])
    #expect(
      known.map { $0.gates["MemoryManager"] } == [
        "free", "locked-true", "locked-true", "locked-true", "locked-true", nil,
      ])
    #expect(known.map(\.pauseImage).first == "registry.k8s.io/pause:3.10")
    for version in known {
      for component in KubernetesComponent.allCases {
        #expect(version.flags(of: component).count > 20, "\(component) \(version)")
        #expect(version.flags(of: component)["v"] == "int")
      }
    }
  }

  @Test(arguments: [
    ("cloud-provider: aws", "1.36", "is no flag"), ("clowd: x", "1.36", "is no flag"),
    ("tls-curve-preferences: [1]", "1.35", "is known from 1.36 on"),
    ("event-ttl: 30", "1.36", "a duration"), ("event-ttl: 30m0", "1.36", "a duration"),
    ("secure-port: yes", "1.36", "whole number"), ("profiling: 1", "1.36", "true or false"),
    ("feature-gates: {NoSuchGate: true}", "1.36", "is no feature gate"),
    ("feature-gates: {MemoryManager: true}", "1.36", "was removed with 1.36"),
    ("feature-gates: {DynamicResourceAllocation: false}", "1.36", "for good"),
    ("min-request-timeout: 300", "1.36", "watches are cut"),
    ("anonymous-auth: false", "1.36", "/readyz"),
    ("enable-admission-plugins: [AlwaysPullImages]", "1.36", "imported beforehand"),
    ("enable-admission-plugins: [PodSecurityPolicy]", "1.36", "is gone"),
    ("profiling: true", "1.36", "what is in memory"),
    ("token-auth-file: /x", "1.36", "never expire"),
  ])
  func `flags that would hurt are refused`(_ row: (String, String, String)) throws {
    let error = try complaint { _ = try apiServer(row.0, version: row.1) }
    #expect(error.message.contains(row.2), "\(error.message)")
  }

  @Test func `every mistake is told, with the right word`() throws {
    let error = try complaint {
      _ = try apiServer("evnt-ttl: 1h\nprofiling: 1\nanonymous-auth: false")
    }
    #expect(error.help == "did you mean `event-ttl`?")
    #expect(error.notes.count == 2)
  }

  @Test func `advice that is known can be passed over`() throws {
    let server = try apiServer("min-request-timeout: 300", accept: "[short-watches]")
    #expect(server.service.unit.words.contains("--min-request-timeout=300"))
  }

  @Test func `flags are written as the program takes them`() throws {
    let words = try apiServer(
      "feature-gates: {GangScheduling: true}\ntls-sni-cert-key: [/a.crt, /b.crt]\naudit-log-path: null"
    ).service.unit.words
    #expect(words.contains("--authorization-mode=Node,RBAC"))
    #expect(words.contains("--feature-gates=GangScheduling=true"))
    #expect(words.filter { $0.hasPrefix("--tls-sni-cert-key") }.count == 2)
    #expect(!words.contains { $0.hasPrefix("--audit-log-path") })
  }

  @Test func `what a unit could read otherwise is quoted`() {
    #expect(ComponentUnit.escaped("--a=b,c") == "--a=b,c")
    #expect(
      ComponentUnit.escaped("--x=/events#https://h:1;https://i:1")
        == "\"--x=/events#https://h:1;https://i:1\"")
    #expect(ComponentUnit.escaped("50% of $HOME \"x\"") == "\"50%% of $$HOME \\\"x\\\"\"")
  }

  @Test(arguments: [
    ("maxPodz: 3", "1.36", "is no field"), ("max-pods: 3", "1.36", "is no field"),
    ("mergeDefaultEvictionSettings: true", "1.32", "is known from 1.33 on"),
    ("maxPods: 250", "1.36", "110"), ("cgroupDriver: cgroupfs", "1.36", "two managers"),
    ("readOnlyPort: 10255", "1.36", "opens"),
    ("authentication: {anonymous: {enabled: true}}", "1.36", "everybody"),
    ("authorization: {mode: AlwaysAllow}", "1.36", "everybody"),
    ("nodeStatusUpdateFrequency: 5s", "1.36", "nodeStatusReportFrequency"),
    ("cpuManagerPolicy: static", "1.36", "does not start"),
    ("memoryManagerPolicy: Static", "1.36", "does not start"),
    ("enforceNodeAllocatable: [pods, kube-reserved]", "1.36", "kubeReservedCgroup"),
    ("evictionHard: {memory.free: 100Mi}", "1.36", "no signal"),
    ("imageGCHighThresholdPercent: 70", "1.36", "not above"),
    ("apiVersion: kubelet.config.k8s.io/v1alpha1", "1.36", "has apiVersion"),
    ("authentication: {webhook: {enabled: maybe}}", "1.36", "true or false"),
    ("shutdownGracePeriodCriticalPods: 20s", "1.36", "longer than"),
  ])
  func `fields that would hurt are refused`(_ row: (String, String, String)) throws {
    let error = try complaint { _ = try kubelet(row.0, version: row.1) }
    #expect(error.message.contains(row.2), "\(error.message)")
  }

  @Test func `flags of the kubelet that are fields are sent there`() throws {
    let error = try complaint {
      _ = try module(
        KubeletModule.self,
        "version: \"1.36\"\nflags: {kubeconfig: /k, max-pods: 30}\nconfig: {}")
    }
    #expect(error.help == "write it into `config`: `maxPods`")
  }

  @Test func `eviction signals that are not named keep their defaults`() throws {
    let text = try kubelet("evictionHard: {memory.available: 500Mi}").configuration.text
    #expect(text.contains("  memory.available: \"500Mi\"\n"))
    #expect(text.contains("  nodefs.available: \"10%\"\n"))
  }

  @Test func `a configuration is typed, whatever it was written as`() throws {
    let text = try kubelet(
      "maxPods: \"64\"\nclusterDNS: [10.96.0.10]\nregisterWithTaints: [{key: a/b, effect: NoSchedule}]"
    )
    .configuration.text
    #expect(
      text == """
        # Written by spile; what is changed here by hand is set back.
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        maxPods: 64
        clusterDNS:
          - "10.96.0.10"
        registerWithTaints:
          - key: a/b
            effect: NoSchedule

        """)
  }

  @Test(arguments: [
    (1, 60), (2, 70), (4, 80), (8, 90), (32, 150), (64, 230), (128, 390),
  ])
  func `processors are reserved by the curve`(_ row: (Int, Int)) {
    #expect(KubeletReserve.millicores(row.0) == row.1)
  }

  @Test func `memory is reserved by the curve or by pods`() {
    #expect(KubeletReserve.mebibytes(8 << 30, pods: 110) == 1843)
    #expect(KubeletReserve.mebibytes(128 << 30, pods: 110) == 9543)
    #expect(KubeletReserve.mebibytes(4 << 30, pods: 110) == 1465)
  }
}
