import Schema

extension ContainerdModule {
  static let manual = Manual(
    "containerd", .state,
    "The container runtime: a configuration that fits its version and is in effect, and its service.",
    notes: [
      "The file is written for the version that is there: generation 2 for 1.6 and 1.7, generation 3 for 2.x. Keys under the "
        + "tables of the other are ignored by containerd without a word, so what `containerd config dump` says is compared too.",
      "It is restarted when its configuration, a file that it imports, a drop-in of its unit or its program was written since it "
        + "was started; containers go on. Files `hosts.toml` count at once and need no restart.",
      "With containerd 1.x an imported file replaces all settings of every plugin that it names; that is told, not repaired. "
        + "Give runtimes by `runtimes` there; 2.x merges.",
      "The program and its unit must be there before. A new configuration is tried by `containerd config dump` before it is in place.",
    ],
    parameters: [
      programParameter.manual, pathParameter.manual, root.manual, stateFolder.manual,
      sandboxImage.manual, snapshotter.manual, cgroupDriver.manual, registries.manual,
      importsParameter.manual, runtimes.manual, baseSpec.manual, selinux.manual,
      restrictOOM.manual, downloads.manual, oomScore.manual, unitSettings.manual,
    ] + foreign.map(\.parameter.manual),
    results: [
      .init("version", "Its version."),
      .init("config_version", "The generation of its configuration: 2 or 3."),
    ],
    examples: [
      """
      - name: the runtime of a node without a way to the internet
        containerd:
          root: /data/containerd
          sandbox_image: registry.example.com/pause:3.10
      """,
      """
      - name: with a second runtime
        containerd:
          runtimes: {nvidia: /usr/bin/nvidia-container-runtime}
      """,
    ])
}
