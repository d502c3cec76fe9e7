import ModuleKit

/// Every module and every kind of fact of this program, in alphabetical order: the one place where they are listed.
package enum Registry {
  private static let modules: [any Module.Type] = [
    AssertModule.self,
    CommandModule.self,
    CopyModule.self,
    DebugModule.self,
    FailModule.self,
    FileModule.self,
    GroupModule.self,
    KernelModuleModule.self,
    ServiceModule.self,
    SetFactModule.self,
    ShellModule.self,
    SysctlModule.self,
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
    HostnameFact.self,
    IdentityFact.self,
    KernelModuleFact.self,
    ModulesLoadFact.self,
    MountFact.self,
    OSFact.self,
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
