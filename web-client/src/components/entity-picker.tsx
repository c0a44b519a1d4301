import { Combobox } from '@base-ui/react/combobox'
import { Check, ChevronDown, Search, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { ENTITY_NAMES, type NamedEntity, type NamedEntityKind } from '../lib/entity-names'
import facetStyles from './facet.module.css'
import styles from './entity-picker.module.css'
import selectStyles from './select.module.css'

interface EntityPickerProps {
  kind: NamedEntityKind
  /** Name of the field. */
  label: string
  /** ID of the selected entity. */
  chosen: string | null
  onChoose: (chosen: NamedEntity | null) => void
  /** As a filter, or as a form field. */
  look?: 'facet' | 'field'
  placeholder?: string
  /** The selection cannot be cleared. */
  required?: boolean
}

const PAUSE_MS = 200

/** Selects one entity by a part of its name. */
export function EntityPicker({
  kind,
  label,
  chosen,
  onChoose,
  look = 'facet',
  placeholder = 'Choose …',
  required = false,
}: EntityPickerProps) {
  const [open, setOpen] = useState(false)
  const [text, setText] = useState('')
  const [picked, setPicked] = useState<NamedEntity | null>(null)
  const known = picked?.id === chosen ? picked : null
  const [named] = useQuery({
    query: ENTITY_NAMES[kind].name,
    variables: { id: chosen ?? '' },
    pause: chosen === null || known !== null,
    requestPolicy: 'cache-first',
  })
  const value = chosen === null ? null : (known ?? named.data?.one ?? { id: chosen, name: chosen })
  const choose = (next: NamedEntity | null) => {
    setPicked(next)
    onChoose(next)
  }
  return (
    <span className={look === 'field' ? `${styles.picker ?? ''} ${styles.field ?? ''}` : styles.picker}>
      <Combobox.Root<NamedEntity>
        value={value}
        onValueChange={choose}
        open={open}
        onOpenChange={(next) => {
          setOpen(next)
          if (next) setText('')
        }}
        inputValue={text}
        onInputValueChange={setText}
        filter={null}
        itemToStringLabel={(item) => item.name}
        isItemEqualToValue={(item, other) => item.id === other.id}
      >
        <Combobox.Trigger
          aria-label={value === null ? label : `${label}: ${value.name}`}
          className={look === 'facet' ? facetStyles.trigger : selectStyles.trigger}
          data-on={value === null ? undefined : true}
        >
          {look === 'facet' && <span className={facetStyles.label}>{label}</span>}
          {look === 'facet' && value !== null && <span className={facetStyles.value}>{value.name}</span>}
          {look === 'field' && (
            <span className={value === null ? styles.placeholder : selectStyles.value}>{value?.name ?? placeholder}</span>
          )}
          <ChevronDown aria-hidden size={15} />
        </Combobox.Trigger>
        <Combobox.Portal>
          <Combobox.Positioner align="start" sideOffset={4} className={selectStyles.place}>
            <Combobox.Popup aria-label={label} className={styles.popup}>
              <SearchResults kind={kind} text={text} />
            </Combobox.Popup>
          </Combobox.Positioner>
        </Combobox.Portal>
      </Combobox.Root>
      {value !== null && !required && (
        <button type="button" aria-label={`Clear ${label}`} className={styles.clear} onClick={() => choose(null)}>
          <X aria-hidden size={14} />
        </button>
      )}
    </span>
  )
}

/** The search and its results. It queries only while the picker is open. */
function SearchResults({ kind, text }: { kind: NamedEntityKind; text: string }) {
  const searchText = useDebounced(text)
  const [{ data, error, fetching }] = useQuery({
    query: ENTITY_NAMES[kind].find,
    variables: { text: searchText === '' ? null : searchText },
  })
  return (
    <>
      <label className={styles.search}>
        <Search aria-hidden size={15} />
        <Combobox.Input aria-label="Search by name" placeholder="Search by name" className={styles.input} />
      </label>
      <Combobox.Status className={styles.status}>
        {error ? 'Can’t load the names.' : data?.found.nodes.length === 0 && !fetching ? 'No matches.' : null}
      </Combobox.Status>
      <Combobox.List className={styles.list}>
        {data?.found.nodes.map((item) => (
          <Combobox.Item key={item.id} value={item} className={selectStyles.item}>
            {item.name}
            <Combobox.ItemIndicator>
              <Check aria-hidden size={16} />
            </Combobox.ItemIndicator>
          </Combobox.Item>
        ))}
      </Combobox.List>
    </>
  )
}

/** The text after a pause in typing. */
function useDebounced(text: string): string {
  const [debounced, setDebounced] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return debounced
}
