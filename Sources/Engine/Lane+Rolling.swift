import Diagnostics
import Model
import ModuleKit
import Template

/// How a lane takes its turn in a block where hosts go one after another.
extension Lane {
  /// Comes into a block, or out of one, before an instruction is worked on; false when the instruction has to come again.
  func enters(_ instruction: Instruction) async -> Bool {
    if case .close = instruction.act { return true }
    let block = isDry ? nil : block(of: instruction)
    guard block != rollingBlock else { return true }
    guard await settled(instruction) else { return false }
    if let rollingBlock {
      await run.turns.leave(
        rollingBlock, host.name, of: play.hosts, failed: blocks.failure != nil)
    }
    rollingBlock = block
    return true
  }

  /// Waits for the turn to send the steps of an instruction.
  func turn(_ instruction: Instruction) async -> RollingTurns.Answer {
    guard !isDry, let rolling = instruction.rolling, let block = block(of: instruction) else {
      return .held
    }
    return await run.turns.take(
      block, host.name, of: play.hosts, order: number(rolling.order, instruction) ?? 0,
      limit: number(rolling.maxUnavailable, instruction) ?? 1)
  }

  /// What was known before the turn began may have changed while others had theirs.
  func beginTurn(with taskRuns: [TaskRun]) async {
    await run.machine(of: host.name, play: play).forget(.any)
    putBack(taskRuns)
  }

  private func block(of instruction: Instruction) -> RollingTurns.Block? {
    instruction.rolling.map { RollingTurns.Block(play: play.number, span: $0.span) }
  }

  private func number(_ setting: Setting<Int>?, _ instruction: Instruction) -> Int? {
    guard let setting, let task = instruction.task else { return nil }
    do throws(Diagnostic) {
      return try setting.value(renderer(task)).known
    } catch {
      run.notice(error)
      return nil
    }
  }
}
