import Schema

extension FirewalldModule {
  enum ZoneTarget: String, ParameterChoice {
    case `default`
    case accept = "ACCEPT"
    case drop = "DROP"
    case reject = "%%REJECT%%"
  }

  static let state = Parameter<State>.required(
    "state",
    "`enabled` and `disabled` are about what is in a zone, `present` and `absent` about the zone itself."
  )
  static let zone = Parameter<String?>.optional(
    "zone", "The zone; without it firewalld's default zone.")
  static let permanent = Parameter<Bool>.optional(
    "permanent",
    "Whether the configuration on disk is meant, which counts after a reload or reboot.",
    default: false, shown: "false")
  static let immediate = Parameter<Bool?>.optional(
    "immediate",
    "Whether the running firewall is meant; without it just where `permanent` is false. Both may be true."
  )
  static let timeout = Parameter<Int>.optional(
    "timeout", "Seconds after which the running firewall forgets it; 0 for never.", default: 0,
    shown: "0")
  static let target = Parameter<ZoneTarget?>.optional(
    "target", "With `state: present`: what happens to packets that nothing in the zone is about.")
  static let offline = Parameter<Bool>.optional(
    "offline",
    "Taken for Ansible's sake: without the daemon the permanent configuration is always worked on offline.",
    default: false, shown: "false")
  static let forward = Parameter<[ValueMap]?>.optional(
    "port_forward", "A forward: a dictionary with `port`, `proto`, `toport`, `toaddr`.")

  /// The nouns of firewall-cmd(1) with a text.
  static let texts: [(String, Parameter<String?>)] = [
    ("service", .optional("service", "A service that firewalld knows: `https`.")),
    (
      "port", .optional("port", "A port or range with its protocol: `6443/tcp`, `30000-32767/tcp`.")
    ),
    ("protocol", .optional("protocol", "A protocol: `vrrp`, `ospf`.")),
    ("source", .optional("source", "A network or an ipset whose packets belong to the zone.")),
    ("interface", .optional("interface", "An interface whose packets belong to the zone.")),
    ("rich-rule", .optional("rich_rule", "A rule in the language of firewalld.richlanguage(5).")),
    ("icmp-block", .optional("icmp_block", "A type of ICMP messages that is blocked.")),
  ]

  /// The nouns of firewall-cmd(1) without a value.
  static let flags: [(String, Parameter<Bool?>)] = [
    (
      "masquerade",
      .optional("masquerade", "That packets leave with the host's address; only `true`.")
    ),
    ("forward", .optional("forward", "That the zone forwards among its members; only `true`.")),
    (
      "icmp-block-inversion",
      .optional("icmp_block_inversion", "That only blocked types of ICMP are let in; only `true`.")
    ),
  ]

  static let manual = Manual(
    "firewalld", .state, "What the zones of firewalld let in.",
    notes: [
      "The running firewall and the configuration on disk are two things, and are compared each for itself.",
      "Where the daemon does not run, `permanent: true` works by firewall-offline-cmd(1).",
    ],
    parameters: [state.manual, zone.manual, permanent.manual, immediate.manual, timeout.manual]
      + texts.map(\.1.manual) + flags.map(\.1.manual) + [
        forward.manual, target.manual, offline.manual,
      ],
    examples: [
      """
      - name: the API server can be reached, now and after a reboot
        ansible.posix.firewalld:
          port: 6443/tcp
          permanent: true
          immediate: true
          state: enabled
      """,
      """
      - name: a zone for the storage network
        ansible.posix.firewalld:
          zone: storage
          target: ACCEPT
          permanent: true
          state: present
      """,
    ])
}
