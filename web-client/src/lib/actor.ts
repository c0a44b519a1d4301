import { Remembered } from './remembered'

/** Who sits here, as they say themselves; Activity shows it. "": they did not say. */
export const actor = new Remembered('chowda-actor', '', (value): value is string => value.length <= 100)
