import { screen, waitFor } from '@testing-library/react'
import { expect, it } from 'vitest'
import { openPage, Refusal, type Answers } from '../../testing/page'

const ANSWERS: Answers = {
  ReadGuids: ({ text }) => {
    const hasProblems = (text as string).includes('cpb-none')
    return {
      readGuids: {
        found: ['cpb-1', 'cpb-2'],
        unknown: hasProblems ? ['cpb-none'] : [],
        repeated: hasProblems ? ['cpb-1'] : [],
      },
    }
  },
  CreateBatchFrom: () => ({ createBatchFrom: { __typename: 'Batch', id: 'batch-1', name: 'March', mediaFileCount: 2 } }),
  Batch: () => ({ batch: null }),
}

const GUIDS = { name: 'GUIDs' }
const CREATE = { name: 'Create batch' }

it('lists problems in GUIDs with their lines and continues without these GUIDs', async () => {
  const { user, asked } = openPage('/batches/new', ANSWERS)
  await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'March')
  await user.click(screen.getByRole('textbox', GUIDS))
  await user.paste('cpb-1\ncpb-none\ncpb-2\ncpb-1')
  const unknown = (await screen.findByText('1 unknown GUID')).parentElement
  expect(unknown?.textContent).toContain('cpb-none line 2')
  expect(screen.getByText('1 duplicate GUID').parentElement?.textContent).toContain('lines 1, 4')

  await user.click(screen.getByRole('button', CREATE))
  expect(screen.getByRole('textbox', GUIDS).getAttribute('aria-invalid')).toBe('true')
  expect(asked('CreateBatchFrom')).toEqual([])

  await user.click(screen.getByRole('checkbox', { name: /Continue with the 2 media files/ }))
  await user.click(screen.getByRole('button', CREATE))
  await waitFor(() => expect(asked('CreateBatchFrom')).toHaveLength(1))
  expect(asked('CreateBatchFrom')[0]).toMatchObject({ input: { name: 'March', guids: ['cpb-1', 'cpb-2'] } })
})

it('reports a missing name and missing media files', async () => {
  const { user, asked } = openPage('/batches/new', ANSWERS)
  await user.click(await screen.findByRole('button', CREATE))
  expect(screen.getByRole('textbox', { name: 'Name' }).getAttribute('aria-invalid')).toBe('true')
  expect(screen.getByText(/Enter a name/)).toBeDefined()
  expect(screen.getByText(/Add media files here/)).toBeDefined()
  expect(asked('CreateBatchFrom')).toEqual([])
})

it('shows the error of the server and keeps the input', async () => {
  const { user } = openPage('/batches/new', {
    ...ANSWERS,
    CreateBatchFrom: () => new Refusal('There is no pipeline pipe-9.', { code: 'NOT_FOUND' }),
  })
  await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'March')
  await user.click(screen.getByRole('textbox', GUIDS))
  await user.paste('cpb-1 cpb-2')
  await screen.findByText('2 media files found.')
  await user.click(screen.getByRole('button', CREATE))
  expect((await screen.findByRole('alert')).textContent).toBe('There is no pipeline pipe-9.')
  expect(screen.getByRole<HTMLTextAreaElement>('textbox', GUIDS).value).toBe('cpb-1 cpb-2')
})

it('reads a selected file', async () => {
  const { user, asked } = openPage('/batches/new', ANSWERS)
  const file = new File(['guid\ncpb-1\ncpb-2\n'], 'march.csv', { type: 'text/csv' })
  await user.upload(await screen.findByLabelText('Choose a CSV or text file'), file)
  await screen.findByText('2 media files found.')
  expect(screen.getByText('march.csv')).toBeDefined()
  expect(asked('ReadGuids')).toEqual([{ text: 'guid\ncpb-1\ncpb-2\n' }])
})
