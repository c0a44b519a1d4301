import { Download } from 'lucide-react'
import { formatCount } from '../lib/format'
import { AnchorButton } from './link-button'

interface ZipButtonProps {
  noun: 'batch' | 'mmif'
  ids: string[]
  children: string
}

const ADDRESS_LIMIT = 8_000 // characters; servers and proxies refuse longer URLs

/** Downloads the MMIF of many items as one ZIP file. Its URL contains all IDs. */
export function ZipButton({ noun, ids, children }: ZipButtonProps) {
  const address = `/mmif.zip?${ids.map((id) => `${noun}=${encodeURIComponent(id)}`).join('&')}`
  if (address.length > ADDRESS_LIMIT) {
    const most = Math.floor((ids.length * ADDRESS_LIMIT) / address.length / 10) * 10
    return <p>To download, select at most {formatCount(most)}.</p>
  }
  return (
    <AnchorButton small icon={<Download aria-hidden size={15} />} href={address} download>
      {children}
    </AnchorButton>
  )
}
