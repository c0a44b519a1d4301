import { cleanup, render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { useState } from 'react'
import { afterEach, describe, expect, it } from 'vitest'
import { isUniversal, type Parameter, type Values } from './parameter'
import { ParameterForm } from './parameter-form'

afterEach(cleanup)

function parameter(name: string, more: Partial<Parameter> = {}): Parameter {
  return {
    name,
    type: 'STRING',
    multivalued: false,
    choices: null,
    default: null,
    description: null,
    required: more.default === undefined || more.default === null,
    ...more,
  }
}

/** Renders the form. Returns the values from its last change. */
function renderForm(parameters: Parameter[], start: Values = {}, errors: Record<string, string> = {}) {
  const result: { values: Values } = { values: start }
  function Form() {
    const [values, setValues] = useState(start)
    return (
      <ParameterForm
        parameters={parameters}
        values={values}
        errors={new Map(Object.entries(errors))}
        onChange={(next) => {
          result.values = next
          setValues(next)
        }}
      />
    )
  }
  render(<Form />)
  return result
}

describe('a parameter', () => {
  it('of type number returns a number, and invalid text as typed', async () => {
    const form = renderForm([parameter('threshold', { type: 'NUMBER', default: 0.5 })])
    const field = screen.getByRole('textbox', { name: 'threshold' })
    expect(field).toHaveProperty('placeholder', '0.5')
    await userEvent.type(field, '0.75')
    expect(form.values).toEqual({ threshold: 0.75 })
    await userEvent.type(field, 'x')
    expect(form.values).toEqual({ threshold: '0.75x' })
    await userEvent.clear(field)
    expect(form.values).toEqual({})
  })

  it('of type integer keeps numbers beyond the safe range as text', async () => {
    const form = renderForm([parameter('stopAt', { type: 'INTEGER', default: 1 })])
    await userEvent.type(screen.getByRole('textbox', { name: 'stopAt' }), '9223372036854775807')
    expect(form.values).toEqual({ stopAt: '9223372036854775807' })
  })

  it('of type boolean shows its default, and returns nothing until it is set', async () => {
    const form = renderForm([parameter('pretend', { type: 'BOOLEAN', default: 0 })])
    const group = screen.getByRole('group', { name: 'pretend' })
    expect(within(group).getByRole('radio', { name: 'false' })).toHaveProperty('checked', true)
    await userEvent.click(within(group).getByRole('radio', { name: 'true' }))
    expect(form.values).toEqual({ pretend: true })
    await userEvent.click(screen.getByRole('button', { name: 'Reset pretend to default' }))
    expect(form.values).toEqual({})
    expect(within(group).getByRole('radio', { name: 'false' })).toHaveProperty('checked', true)
  })

  it('with choices shows them in a select', async () => {
    const form = renderForm([parameter('unit', { choices: ['frames', 'seconds'], default: 'frames' })])
    const box = screen.getByRole('combobox', { name: 'unit' })
    expect(box.textContent).toContain('frames (default)')
    await userEvent.click(box)
    await userEvent.click(await screen.findByRole('option', { name: 'seconds' }))
    expect(form.values).toEqual({ unit: 'seconds' })
  })

  it('with several choices returns the selected ones in their order', async () => {
    const choices = ['bars', 'slate', 'credits']
    const form = renderForm([parameter('labels', { choices, multivalued: true, default: ['bars'] })])
    await userEvent.click(screen.getByRole('checkbox', { name: 'credits' }))
    expect(form.values).toEqual({ labels: ['bars', 'credits'] })
  })

  it('with many values has a row for each', async () => {
    const form = renderForm([parameter('labels', { multivalued: true, default: [] })], { labels: ['bars'] })
    await userEvent.click(screen.getByRole('button', { name: 'Add value' }))
    await userEvent.type(screen.getByRole('textbox', { name: 'Value of labels, row 2' }), 'slate')
    expect(form.values).toEqual({ labels: ['bars', 'slate'] })
    await userEvent.click(screen.getByRole('button', { name: 'Remove row 1' }))
    expect(form.values).toEqual({ labels: ['slate'] })
  })

  it('of type map has a key and a value in each row', async () => {
    const map = parameter('names', { type: 'MAP', multivalued: true, default: [] })
    const form = renderForm([map], { names: ['S:slate'] })
    expect(screen.getByRole('textbox', { name: 'Value of names, row 1' })).toHaveProperty('value', 'slate')
    await userEvent.click(screen.getByRole('button', { name: 'Add pair' }))
    await userEvent.type(screen.getByRole('textbox', { name: 'Key of names, row 2' }), 'CR')
    await userEvent.type(screen.getByRole('textbox', { name: 'Value of names, row 2' }), 'credits')
    expect(form.values).toEqual({ names: { S: 'slate', CR: 'credits' } })
  })

  it('shows its error, also to screen readers', () => {
    const both = [parameter('text', { default: '' }), parameter('flag', { type: 'BOOLEAN', default: true })]
    renderForm(both, {}, { text: 'text is too long', flag: 'flag is odd' })
    expect(describedBy(screen.getByRole('textbox', { name: 'text' }))).toContain('text is too long')
    expect(describedBy(screen.getByRole('group', { name: 'flag' }))).toContain('flag is odd')
    expect(screen.getByRole('textbox', { name: 'text' }).getAttribute('aria-invalid')).toBe('true')
  })

  it('that the app does not know can be removed', async () => {
    const form = renderForm([parameter('text', { default: '' })], { old: 3 })
    await userEvent.click(screen.getByRole('button', { name: 'Remove old' }))
    expect(form.values).toEqual({})
  })
})

function describedBy(element: HTMLElement): string {
  const ids = (element.getAttribute('aria-describedby') ?? '').split(' ')
  return ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ')
}

const REAL = resolve(import.meta.dirname, '../../../../../shared/data/app-metadata')
const files = existsSync(REAL) ? readdirSync(REAL).filter((name) => name.endsWith('.json')) : []

interface Described {
  name: string
  parameters: (Pick<Parameter, 'name' | 'description' | 'default'> & {
    type: string
    multivalued?: boolean
    choices?: Parameter['choices']
  })[]
}

/** The parameters as the API returns them. */
function read(file: string): Parameter[] {
  const { parameters } = JSON.parse(readFileSync(join(REAL, file), 'utf8')) as Described
  return parameters.map((each) => ({
    name: each.name,
    type: each.type.toUpperCase() as Parameter['type'],
    multivalued: each.multivalued === true || each.type === 'map',
    choices: each.choices ?? null,
    default: (each.default as Parameter['default'] | undefined) ?? null,
    description: each.description,
    required: (each.default as Parameter['default'] | undefined) === undefined,
  }))
}

/** The role of a parameter's control. */
function roleOf({ type, multivalued, choices }: Parameter): 'group' | 'combobox' | 'textbox' {
  if (multivalued || type === 'BOOLEAN') return 'group'
  return choices?.length ? 'combobox' : 'textbox'
}

const ABSENT = files.length === 0 ? ': no shared/data beside the checkout' : ''

describe.skipIf(ABSENT !== '')(`the metadata of a real app${ABSENT}`, () => {
  it.each(files)('%s: has a control for each parameter, with those of every app collapsed', (file) => {
    const parameters = read(file)
    const form = renderForm(parameters)
    for (const each of parameters) {
      const control = screen.getByRole(roleOf(each), { name: each.name, hidden: true })
      expect(control.closest('details') !== null).toBe(isUniversal(each))
    }
    expect(document.querySelectorAll('details[open]')).toHaveLength(0)
    expect(screen.queryAllByText(/^· required$/)).toHaveLength(parameters.filter(({ required }) => required).length)
    expect(form.values).toEqual({})
  })

  it('text-slicer requires a label, and accepts several', async () => {
    const form = renderForm(read('text-slicer.v1.0.metadata.json'))
    const group = screen.getByRole('group', { name: 'containLabel' })
    expect(group.textContent).toContain('required')
    await userEvent.click(within(group).getByRole('button', { name: 'Add value' }))
    await userEvent.type(within(group).getByRole('textbox'), 'slate')
    expect(form.values).toEqual({ containLabel: ['slate'] })
  })
})
