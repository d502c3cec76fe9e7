import Diagnostics
import PKI
import Schema

extension KubeconfigModule {
  static let path = Parameter<HostPath>.required(
    "path", "The file on the host; its folder must be there.", isSubject: true)
  static let server = Parameter<String>.required(
    "server", "The address of the API server, such as `https://10.0.0.10:6443`.")
  static let clusterName = Parameter<String>.optional(
    "cluster_name", "What the cluster is called in the file.", default: "kubernetes",
    shown: "kubernetes")
  static let trusted = Parameter<[String]>.optional(
    "trusted",
    """
    Files on the controller with the authorities that the client is to trust, as for `pki_file`; without them the one of \
    `ca`. While authorities are replaced the old and the new one are trusted.
    """, default: [], shown: "none", treatment: .kept([]))
  static let userName = Parameter<String?>.optional(
    "user_name", "What the user is called in the file; without it as `common_name` says.")

  static let manual = Manual(
    "kubeconfig", .state,
    "A kubeconfig on the host, with a client certificate in it that an authority on the controller issues.",
    notes: [
      """
      The file has one cluster, one user and one context, named as kubeadm names them (`USER@CLUSTER`), and the mode 0600. \
      It is written anew, with a new key, when the server, the authority, a name, or the certificate's subject, issuer or \
      key differs, and when the certificate is about to expire; see `certificate`.
      """,
      "The private key in it never comes back to the controller: what is there is compared without it. Whoever reads the file once, as controller manager and scheduler do, has to be told by a handler.",
    ],
    parameters: [
      path.manual, server.manual, clusterName.manual, KeptAuthority.parameter.manual,
      trusted.manual,
      CertificateWish.commonName.manual, CertificateWish.organization.manual, userName.manual,
      CertificateWish.validDays.manual, CertificateWish.renewBefore.manual,
      CertificateWish.keyType.manual,
    ] + Permissions.parameters,
    results: [
      .init("path", "the file"), .init("server", "the address of the API server"),
      .init("subject", "whom the certificate is for"),
      .init("not_after", "until when it is valid, in UTC"),
      .init("days_left", "how many days that is"),
    ],
    examples: [
      """
      - name: the administrator's way in
        kubeconfig:
          path: /etc/kubernetes/admin.conf
          server: https://10.0.0.10:6443
          ca: pki/kubernetes/ca
          common_name: kubernetes-admin
          organization: kubeadm:cluster-admins
      """,
      """
      - name: the scheduler talks to the API server beside it
        kubeconfig:
          path: /etc/kubernetes/scheduler.conf
          server: https://10.0.0.1:6443
          ca: pki/kubernetes/ca
          common_name: system:kube-scheduler
      """,
    ])
}
