/** Why a run ends whose result nobody can have: standard output takes nothing more. */
export class LostOutput extends Error {
  override readonly name = 'LostOutput'
}
