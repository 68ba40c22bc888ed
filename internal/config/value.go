package config

// value reads and writes one field of a Config as text.
type value interface {
	set(text string) error
	String() string
}

type field[T any] struct {
	at    *T
	parse func(string) (T, error)
	show  func(T) string
}

// setting binds a field to its parser and printer. The error of parse is the rest of a sentence that begins with the
// key; it must not quote the value, which may be a secret.
func setting[T any](at *T, parse func(string) (T, error), show func(T) string) value {
	return field[T]{at, parse, show}
}

func (f field[T]) set(text string) error {
	v, err := f.parse(text)
	if err != nil {
		return err
	}
	*f.at = v
	return nil
}

func (f field[T]) String() string { return f.show(*f.at) }
