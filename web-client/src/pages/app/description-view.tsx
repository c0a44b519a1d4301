import { Fragment } from 'react'
import { defaultText, isUniversal, textOf, type Parameter } from '../../components/parameters/parameter'
import { ParameterHelp } from '../../components/parameters/parameter-help'
import { Panel } from '../../components/panel'
import { TypeChip, TypeChips } from '../../components/type-chip'
import type { Json } from '../../lib/graphql'
import { formatBytes, pluralize } from '../../lib/format'
import type { AppDetails } from './app-query'
import styles from './description-view.module.css'

/** The app's metadata: types, parameters and other facts. */
export function DescriptionView({ app }: { app: AppDetails }) {
  const own = app.parameters.filter((parameter) => !isUniversal(parameter))
  const universal = app.parameters.filter(isUniversal)
  const facts = factsIn(app.metadata)
  return (
    <>
      <div className={styles.types}>
        <div>
          <Panel title="Inputs">
            <ul className={styles.list}>
              {app.inputs.map(({ oneOf, required }) => (
                <li key={oneOf.map(({ uri }) => uri).join()}>
                  <TypeChips label={required ? 'Required' : 'Optional'}>
                    <TypeChip names={oneOf.map(({ name }) => name)} from={required ? undefined : 'optional'} />
                  </TypeChips>
                  {oneOf.map(({ uri, description, properties }) => (
                    <TypeNote key={uri} description={description} properties={properties} />
                  ))}
                </li>
              ))}
            </ul>
          </Panel>
        </div>
        <div>
          <Panel title="Outputs">
            <ul className={styles.list}>
              {app.outputs.map(({ name, uri, description, properties }) => (
                <li key={uri}>
                  <TypeChips label="Type">
                    <TypeChip names={[name]} />
                  </TypeChips>
                  <TypeNote description={description} properties={properties} />
                </li>
              ))}
            </ul>
          </Panel>
        </div>
        <div>
          <Panel title="About this app">
            <dl className={styles.facts}>
              {facts.map(({ name, text }) => (
                <Fragment key={name}>
                  <dt>{name}</dt>
                  <dd>{text.startsWith('http') ? <a href={text}>{text}</a> : text}</dd>
                </Fragment>
              ))}
            </dl>
          </Panel>
        </div>
      </div>
      <Panel title={own.length === 0 ? 'No parameters of its own' : pluralize(own.length, 'parameter')} flush>
        {own.length > 0 && <Parameters parameters={own} />}
        {universal.length > 0 && (
          <details className={styles.universal}>
            <summary>{pluralize(universal.length, 'parameter')} that every app has</summary>
            <Parameters parameters={universal} />
          </details>
        )}
      </Panel>
    </>
  )
}

function TypeNote({ description, properties }: { description: string | null; properties: Json }) {
  const entries = typeof properties === 'object' && properties !== null ? Object.entries(properties) : []
  return (
    <>
      {description !== null && <ParameterHelp description={description} />}
      {entries.length > 0 && (
        <p className={styles.properties}>
          {entries.map(([name, value]) => `${name}: ${textOf(value)}`).join(', ')}
        </p>
      )}
    </>
  )
}

function Parameters({ parameters }: { parameters: Parameter[] }) {
  return (
    <table className={styles.parameters}>
      <thead>
        <tr>
          <th>Name</th>
          <th>Type</th>
          <th>Default</th>
          <th>Description</th>
        </tr>
      </thead>
      <tbody>
        {parameters.map((parameter) => (
          <tr key={parameter.name}>
            <th scope="row">{parameter.name}</th>
            <td>
              {parameter.multivalued && parameter.type !== 'MAP' && 'list of '}
              {{ INTEGER: 'whole number', NUMBER: 'number', STRING: 'text', BOOLEAN: 'true or false', MAP: 'pairs' }[parameter.type]}
            </td>
            <td>{parameter.required ? <strong>required</strong> : defaultText(parameter)}</td>
            <td>
              <ParameterHelp description={parameter.description} />
              {parameter.choices && parameter.choices.length > 0 && (
                <p className={styles.properties}>One of: {parameter.choices.map(textOf).join(', ')}</p>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const FACTS: [string, string][] = [
  ['identifier', 'Identifier'],
  ['mmif_version', 'MMIF'],
  ['analyzer_version', 'Analyzer'],
  ['app_license', 'License'],
  ['analyzer_license', 'License of the analyzer'],
  ['url', 'Home page'],
]
const MEGABYTE = 1_000_000

/** Facts in the metadata other than types and parameters. */
function factsIn(metadata: Json): { name: string; text: string }[] {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return []
  const found = FACTS.flatMap(([key, name]) => {
    const value = metadata[key]
    return value === undefined || value === null ? [] : [{ name, text: textOf(value) }]
  })
  const memory = metadata.est_gpu_mem_typ
  return typeof memory === 'number' && memory > 0
    ? [...found, { name: 'GPU memory', text: `about ${formatBytes(memory * MEGABYTE)}` }]
    : found
}
