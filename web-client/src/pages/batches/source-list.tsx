import { X } from 'lucide-react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { graphql } from '../../lib/graphql'
import { pluralize } from '../../lib/format'
import styles from './source-list.module.css'

const CollectionSource = graphql(`
  query CollectionSource($id: ID!) { source: collection(id: $id) { id name mediaFileCount } }
`)

const BatchSource = graphql(`
  query BatchSource($id: ID!) { source: batch(id: $id) { id name mediaFileCount } }
`)

interface SourceListProps {
  noun: 'collection' | 'batch'
  ids: string[]
  onRemove: (id: string) => void
}

/** The collections or batches from which a batch takes its media files. */
export function SourceList({ noun, ids, onRemove }: SourceListProps) {
  if (ids.length === 0) return null
  return (
    <ul className={styles.sources}>
      {ids.map((id) => (
        <NamedSource key={id} noun={noun} id={id} onRemove={() => onRemove(id)} />
      ))}
    </ul>
  )
}

function NamedSource({ noun, id, onRemove }: { noun: 'collection' | 'batch'; id: string; onRemove: () => void }) {
  const [{ data, fetching }] = useQuery({
    query: noun === 'collection' ? CollectionSource : BatchSource,
    variables: { id },
    requestPolicy: 'cache-first',
  })
  const source = data?.source
  return (
    <Source
      name={source?.name ?? id}
      about={source ? pluralize(source.mediaFileCount, 'file') : fetching ? '…' : `This ${noun} no longer exists.`}
      onRemove={onRemove}
    />
  )
}

export function Source({ name, about, onRemove }: { name: string; about: string; onRemove: () => void }) {
  return (
    <li className={styles.source}>
      <span className={styles.name}>{name}</span>
      <span className={styles.about}>{about}</span>
      <Button small kind="quiet" aria-label={`Remove ${name}`} icon={<X aria-hidden size={15} />} onClick={onRemove} />
    </li>
  )
}
