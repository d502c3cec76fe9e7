import ModuleKit

/// Every module and every kind of fact of this program, in alphabetical order: the one place where they are listed.
package enum Registry {
  private static let modules: [any Module.Type] = [
    AssertModule.self,
    BlockInFileModule.self,
    CommandModule.self,
    CopyModule.self,
    DebugModule.self,
    FailModule.self,
    FileModule.self,
    FilesystemModule.self,
    GroupModule.self,
    HostnameModule.self,
    HostsModule.self,
    IOSchedulerModule.self,
    KernelModuleModule.self,
    LimitsModule.self,
    LineInFileModule.self,
    MountModule.self,
    PackageModule.self,
    ReplaceModule.self,
    ServiceModule.self,
    SetFactModule.self,
    SetupModule.self,
    ShellModule.self,
    SwapModule.self,
    SysctlModule.self,
    TemplateModule.self,
    TimezoneModule.self,
    UserModule.self,
  ]

  private static let facts: [any Fact.Type] = [
    BlockDeviceFact.self,
    CommandFact.self,
    ContentFact.self,
    DisksFact.self,
    FileFact.self,
    GroupFact.self,
    HardwareFact.self,
    HostFacts.self,
    HostnameFact.self,
    IdentityFact.self,
    KernelModuleFact.self,
    ModulesLoadFact.self,
    MountFact.self,
    OSFact.self,
    PackageCacheFact.self,
    PackageFact.self,
    PackageFileFact.self,
    SwapFact.self,
    SysctlFact.self,
    SysctlFileFact.self,
    SystemdFact.self,
    TimezoneFact.self,
    TreeFact.self,
    UnitFact.self,
    UserFact.self,
  ]

  package static let all = ModuleRegistry(modules: modules, facts: facts)
}
