import { Popover } from '@base-ui/react/popover'
import { ChevronDown } from 'lucide-react'
import { daysAgo, formatDate, type DateRange } from '../lib/date-range'
import { Button } from './button'
import facetStyles from './facet.module.css'
import { Field } from './field'
import styles from './date-range-facet.module.css'
import { TextInput } from './text-input'

interface DateRangeFacetProps {
  /** Name of the event, e.g. "Created". */
  label: string
  days: DateRange
  onChoose: (days: DateRange) => void
}

const PRESETS = [
  { label: 'Today', days: 0 },
  { label: 'Last 7 days', days: 6 },
  { label: 'Last 30 days', days: 29 },
]

/** A filter by date, in the browser's time zone. */
export function DateRangeFacet({ label, days, onChoose }: DateRangeFacetProps) {
  const { from, to } = days
  const chosen = from !== undefined || to !== undefined
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={chosen ? `${label}: ${rangeText(days)}` : label}
        className={facetStyles.trigger}
        data-on={chosen || undefined}
      >
        <span className={facetStyles.label}>{label}</span>
        {chosen && <span className={facetStyles.value}>{rangeText(days)}</span>}
        <ChevronDown aria-hidden size={15} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="start" sideOffset={4} className={styles.place}>
          <Popover.Popup aria-label={label} className={styles.popup}>
            <div className={styles.presets}>
              {PRESETS.map((preset) => (
                <Button
                  key={preset.label}
                  small
                  onClick={() => onChoose({ from: daysAgo(preset.days), to: undefined })}
                >
                  {preset.label}
                </Button>
              ))}
            </div>
            <div className={styles.days}>
              <Field label="From">
                <TextInput
                  type="date"
                  value={from ?? ''}
                  max={to}
                  onChange={(event) => onChoose({ from: event.target.value || undefined, to })}
                />
              </Field>
              <Field label="To">
                <TextInput
                  type="date"
                  value={to ?? ''}
                  min={from}
                  onChange={(event) => onChoose({ from, to: event.target.value || undefined })}
                />
              </Field>
            </div>
            {chosen && (
              <Button small kind="quiet" onClick={() => onChoose({ from: undefined, to: undefined })}>
                Any time
              </Button>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

function rangeText({ from, to }: DateRange): string {
  if (from === undefined) return to === undefined ? '' : `until ${formatDate(to)}`
  if (to === undefined) return from === daysAgo(0) ? 'today' : `since ${formatDate(from)}`
  return from === to ? formatDate(from) : `${formatDate(from)} – ${formatDate(to)}`
}
