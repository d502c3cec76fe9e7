/// Variables by which Ansible's users say how a host is reached and who runs the steps, and what becomes of each here.
///
/// The names are those of the plugins `ssh`, `paramiko_ssh`, `local`, `sudo`, `su` and `sh` (ansible-core 2.19).
package enum ConnectionVariable {
  /// What becomes of a variable.
  package enum Use: Sendable, Hashable {
    /// It means here what it means in Ansible.
    case used
    /// It is accepted and has no effect: why.
    case ignored(String)
    /// It would mean something that is not there: what to do instead.
    case refused(String)
  }

  /// What becomes of a variable; nil for one that is not about connections.
  package static func use(of name: String) -> Use? {
    if let use = table[name] { return use }
    if name.hasPrefix("ansible_"), name.hasSuffix("_interpreter") {
      return .ignored("hosts need no interpreter")
    }
    return others.first { name.hasPrefix($0.prefix) }.map {
      .ignored("it belongs to the connection `\($0.connection)`")
    }
  }

  /// Variables that hold words for ssh(1), those that count first in front.
  package static let arguments = [
    "ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args",
  ]

  /// Every name that is known.
  static var names: [String] { Array(table.keys) }

  /// Names of other connections' variables by their beginnings.
  private static let others: [(prefix: String, connection: String)] = [
    ("ansible_winrm_", "winrm"), ("ansible_psrp_", "psrp"), ("ansible_paramiko_", "paramiko_ssh"),
    ("ansible_docker_", "docker"), ("ansible_kubectl_", "kubectl"),
    ("ansible_network_", "network_cli"),
    ("ansible_netconf_", "netconf"), ("ansible_httpapi_", "httpapi"), ("ansible_libssh_", "libssh"),
  ]

  private static let noProgram = "no program `ssh`, `scp` or `sftp` is run"
  private static let noFiles = "nothing is unpacked on the host"
  private static let oneConnection = "one connection stays open for the whole run"

  private static let table: [String: Use] = {
    var table: [String: Use] = [:]
    for name in used { table["ansible_" + name] = .used }
    for (reason, names) in ignored {
      for name in names { table["ansible_" + name] = .ignored(reason) }
    }
    for (name, help) in refused { table["ansible_" + name] = .refused(help) }
    return table
  }()

  private static let used = [
    "connection", "host", "ssh_host", "port", "ssh_port", "user", "ssh_user", "password",
    "ssh_password", "ssh_pass", "private_key_file", "ssh_private_key_file",
    "ssh_private_key_passphrase", "private_key_passphrase", "ssh_args", "ssh_common_args",
    "ssh_extra_args", "host_key_checking", "ssh_host_key_checking", "timeout", "ssh_timeout",
    "become", "become_user", "sudo_user", "su_user", "become_method", "become_password",
    "become_pass", "sudo_pass", "su_pass", "become_flags", "sudo_flags", "su_flags", "become_exe",
    "sudo_exe", "su_exe", "shell_type", "group_priority",
  ]

  private static let ignored: [(reason: String, names: [String])] = [
    (
      noProgram,
      [
        "ssh_executable", "scp_executable", "sftp_executable", "scp_extra_args", "sftp_extra_args",
        "sftp_batch_mode", "scp_if_ssh", "ssh_transfer_method", "ssh_password_mechanism",
        "sshpass_prompt", "ssh_verbosity",
      ]
    ),
    (
      oneConnection,
      [
        "pipelining", "ssh_pipelining", "control_path", "control_path_dir", "ssh_control_path",
        "ssh_control_path_dir",
      ]
    ),
    (
      noFiles,
      [
        "remote_tmp", "remote_tmpdir", "system_tmpdirs", "async_dir", "admin_users",
        "common_remote_group", "module_compression", "shell_allow_world_readable_temp",
      ]
    ),
    ("nothing that is run needs a terminal", ["ssh_use_tty"]),
    ("a lost connection is an error of its host, and the next run goes on", ["ssh_retries"]),
    ("steps run under `sh`", ["shell_executable"]),
    ("`su` is asked nothing", ["su_prompt_l10n"]),
    (
      "it is for the connection `local` of Ansible",
      ["local_become_strip_preamble", "local_become_success_timeout"]
    ),
  ]

  private static let refused = [
    "ssh_private_key": "write the key into a file and name it with `ansible_ssh_private_key_file`",
    "private_key": "write the key into a file and name it with `ansible_ssh_private_key_file`",
    "ssh_pkcs11_provider": "add the key of the token to the agent: `ssh-add -s LIBRARY`",
    "sudo_chdir": "give `chdir` to the task",
    "paramiko_proxy_command": "use `ansible_ssh_common_args` with `-J`",
  ]
}
