import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { SQLDialect, schemaCompletionSource, sql } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useImperativeHandle, useRef } from 'react';
import type { Schemas } from '../../api/client';
import { pageNonce } from '../../nonce';
import { text } from '../../text';

export type EditorHandle = { insert: (text: string) => void };

type Props = {
  value: string;
  language: Schemas['Language'] | undefined;
  onChange: (sql: string) => void;
  run: () => void;
  ref?: React.Ref<EditorHandle>;
};

const keywords =
  'select from where group by having qualify order limit offset distinct on with as join left right full inner cross asof using union all except intersect case when then else end and or not in exists between like is null true false interval timestamp filter over partition rows range preceding following current row unbounded asc desc nulls first last';

// Editor is CodeMirror with the tables, columns and functions of this Nightjar
// in its completion. It is loaded only when somebody asks in SQL.
export default function Editor({ value, language, onChange, run, ref }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const acts = useRef({ onChange, run });
  acts.current = { onChange, run };
  const initial = useRef(value);
  useEffect(() => {
    if (!host.current) return;
    const dialect = SQLDialect.define({
      keywords,
      builtin: language?.functions.map((f) => f.name).join(' ') ?? '',
      types: 'varchar timestamp integer bigint double boolean',
      doubleDollarQuotedStrings: false,
    });
    const schema = Object.fromEntries(
      language?.tables.map((t) => [
        t.name,
        t.columns.map((c) => ({ label: c.name, type: 'property', detail: c.type, info: c.text })),
      ]) ?? [],
    );
    const functions = (language?.functions ?? []).map((f) => ({
      label: f.name,
      type: 'function',
      detail: f.usage,
      info: f.text,
      apply: `${f.name}(`,
    }));
    const columns = [...new Map(language?.tables.flatMap((t) => t.columns).map((c) => [c.name, c])).values()].map(
      (c) => ({
        label: c.name,
        type: 'property',
        detail: c.type,
        info: c.text,
      }),
    );
    const languageSupport = sql({ dialect, upperCaseKeywords: true, schema });
    const created = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: initial.current,
        extensions: [
          EditorView.cspNonce.of(pageNonce()),
          Prec.highest(
            keymap.of([
              {
                key: 'Mod-Enter',
                run: () => {
                  acts.current.run();
                  return true;
                },
              },
            ]),
          ),
          lineNumbers(),
          history(),
          bracketMatching(),
          closeBrackets(),
          highlightActiveLine(),
          placeholder(text.query.editor),
          languageSupport,
          autocompletion({ closeOnBlur: true }),
          dialect.language.data.of({ autocomplete: schemaCompletionSource({ dialect, schema }) }),
          dialect.language.data.of({
            autocomplete: (context: import('@codemirror/autocomplete').CompletionContext) => {
              const word = context.matchBefore(/\w+/);
              if (!word && !context.explicit) return null;
              return { from: word?.from ?? context.pos, options: [...functions, ...columns], validFor: /^\w*$/ };
            },
          }),
          keymap.of([
            { key: 'Tab', run: acceptCompletion },
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...defaultKeymap,
            ...historyKeymap,
          ]),
          EditorView.domEventHandlers({ beforeinput: replaceBySelf }),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': text.query.editor, 'data-search-field': '' }),
          EditorView.updateListener.of((u) => u.docChanged && acts.current.onChange(u.state.doc.toString())),
          syntaxHighlighting(colours),
          face,
        ],
      }),
    });
    view.current = created;
    return () => {
      initial.current = created.state.doc.toString();
      created.destroy();
    };
  }, [language]);
  useEffect(() => {
    const now = view.current;
    if (now && now.state.doc.toString() !== value) {
      now.dispatch({ changes: { from: 0, to: now.state.doc.length, insert: value } });
    }
  }, [value]);
  useImperativeHandle(ref, () => ({
    insert: (what) => {
      const now = view.current;
      if (!now) return;
      now.dispatch(now.state.replaceSelection(what));
      now.focus();
    },
  }));
  return <div ref={host} />;
}

// When a selection is typed over, Chromium remembers the style of what it
// deletes and puts it back as a style attribute, which the page's policy blocks
// and reports. So the editor replaces the text itself, before the browser does;
// what handles typed text, such as closing brackets, is asked as usual.
function replaceBySelf(e: InputEvent, view: EditorView): boolean {
  const { main, ranges } = view.state.selection;
  const typed = e.data;
  if (
    e.inputType !== 'insertText' ||
    !typed ||
    main.empty ||
    ranges.length > 1 ||
    view.composing ||
    view.state.readOnly
  ) {
    return false;
  }
  e.preventDefault();
  const insert = () =>
    view.state.update(view.state.replaceSelection(typed), { userEvent: 'input.type', scrollIntoView: true });
  if (!view.state.facet(EditorView.inputHandler).some((f) => f(view, main.from, main.to, typed, insert))) {
    view.dispatch(insert());
  }
  return true;
}

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--nj-link)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--nj-ok)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--nj-warn)' },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: 'var(--nj-dim)', fontStyle: 'italic' },
  { tag: [tags.standard(tags.name), tags.typeName], color: 'var(--nj-info)' },
]);

const face = EditorView.theme({
  '&': {
    fontSize: '13px',
    border: '1px solid var(--nj-line)',
    borderRadius: '6px',
    background: 'var(--nj-panel)',
    color: 'inherit',
  },
  // The class comes a moment after the focus, the pseudo-class with it.
  '&:focus-within, &.cm-focused': { outline: '2px solid var(--nj-link)', outlineOffset: '-1px' },
  '.cm-scroller': {
    fontFamily: 'var(--mantine-font-family-monospace)',
    minHeight: '150px',
    maxHeight: '40vh',
    overflow: 'auto',
  },
  '.cm-gutters': { background: 'transparent', color: 'var(--nj-dim)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { background: 'transparent' },
  '.cm-cursor': { borderLeftColor: 'currentColor' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--nj-mark)',
  },
  '.cm-tooltip': {
    background: 'var(--nj-panel)',
    color: 'inherit',
    border: '1px solid var(--nj-line)',
    borderRadius: '4px',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { background: 'var(--nj-mark)', color: 'inherit' },
  '.cm-completionInfo': { maxWidth: '360px' },
  '.cm-placeholder': { color: 'var(--nj-dim)' },
});
