import Diagnostics
import PKI
import Schema

extension CertificateModule {
  /// What a certificate may be used for, as a parameter.
  struct UsageChoice: ParameterType {
    let usage: Issuance.Usage

    static var typeDescription: String { "choice" }
    static var choices: [String] { Issuance.Usage.allCases.map(\.rawValue) }

    init(_ argument: Argument) throws(Diagnostic) {
      guard let usage = Issuance.Usage(rawValue: argument.sourceText ?? "") else {
        throw argument.wrong(
          "argument-choice", "must be `server` or `client`, not \(argument.shown)")
      }
      self.usage = usage
    }

    init(_ usage: Issuance.Usage) { self.usage = usage }
  }

  static let path = Parameter<HostPath>.required(
    "path", "The certificate's file on the host; its folder must be there.", isSubject: true)
  static let keyPath = Parameter<HostPath>.required(
    "key_path", "The private key's file on the host; its folder must be there.")
  static let dnsNames = Parameter<[String]>.optional(
    "dns_names", "DNS names that it is for; `*.` may stand for one label.", default: [],
    shown: "none")
  static let addresses = Parameter<[String]>.optional(
    "ip_addresses", "IPv4 and IPv6 addresses that it is for.", default: [], shown: "none")
  static let usages = Parameter<[UsageChoice]>.optional(
    "usages",
    "What it may be used for: `server` proves who answers, `client` who asks. Members of etcd do both.",
    default: [UsageChoice(.server), UsageChoice(.client)], shown: "[server, client]")
  static let key = Parameter<KeyPlace>.optional(
    "key",
    """
    Where the private key is made: on the `controller`, which sends it and forgets it; or on the `host` by a \
    `private_key` task before this one, so that it never leaves its machine. The second takes openssl on the host, and keeps \
    the key when the certificate is renewed.
    """, default: .controller, shown: "controller")
  static let rekey = Parameter<Bool>.optional(
    "rekey",
    """
    Whether a new certificate gets a new key, as kubeadm has it: then a key that was stolen unnoticed is good only until the \
    next renewal. With `false` the key stays as long as it belongs to the certificate and is of the wished kind.
    """, default: true, shown: "true")
  static let chain = Parameter<Bool>.optional(
    "chain",
    """
    Whether the certificates of intermediate authorities follow in the same file, without which nobody who trusts the root \
    alone would accept it. Below an authority that signed itself nothing follows.
    """, default: true, shown: "true")
  static let keyMode = Parameter<FileMode>.optional(
    "key_mode", "Permission bits of the private key's file.", default: FileMode(bits: 0o600),
    shown: "0600")

  static let manual = Manual(
    "certificate", .state,
    "A certificate and its private key on the host, issued by an authority on the controller.",
    notes: [
      """
      A new certificate is issued when there is none, when its subject, names or usages differ, when it comes from another \
      authority, when it is about to expire, and when the private key beside it does not belong to it. A plan says which of \
      these it is. `valid_days` alone changes nothing of a certificate that is there: it counts from the next one on.
      """,
      """
      Certificates begin to be valid five minutes before they are made, since clocks differ. None outlives its authority. \
      Whether private key and certificate belong together is found out on the host from the public half of the key; the \
      key itself never comes back, and is in no argument, output or record.
      """,
      "Services that read the files once have to be told: `notify` a handler. etcd reads its certificate at every handshake, the API server when the file changes.",
    ],
    parameters: [
      path.manual, keyPath.manual, KeptAuthority.parameter.manual,
      CertificateWish.commonName.manual, CertificateWish.organization.manual, dnsNames.manual,
      addresses.manual, usages.manual, CertificateWish.validDays.manual,
      CertificateWish.renewBefore.manual, CertificateWish.keyType.manual, key.manual, rekey.manual,
      chain.manual, keyMode.manual,
    ] + Permissions.parameters,
    results: [
      .init("path", "the certificate's file"), .init("key_path", "the private key's file"),
      .init("subject", "whom it is for"), .init("names", "its other names, such as `DNS:node1`"),
      .init("not_after", "until when it is valid, in UTC"),
      .init("days_left", "how many days that is"),
      .init("serial_number", "its serial number, hexadecimal"),
      .init("sha256", "its fingerprint"),
    ],
    examples: [
      """
      - name: what etcd shows its clients and other members
        certificate:
          path: /etc/kubernetes/pki/etcd/server.crt
          key_path: /etc/kubernetes/pki/etcd/server.key
          ca: pki/etcd/ca
          common_name: node1
          dns_names: [node1, localhost]
          ip_addresses: [10.0.0.1, 127.0.0.1, "::1"]
          owner: etcd
      """,
      """
      - name: the kubelet's name for the API server
        certificate:
          path: /var/lib/kubelet/pki/client.crt
          key_path: /var/lib/kubelet/pki/client.key
          ca: pki/kubernetes/ca
          common_name: system:node:node1
          organization: system:nodes
          usages: client
      """,
    ])
}
