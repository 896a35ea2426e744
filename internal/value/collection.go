package value

// indexedFrom is the number of keys from which a collection keeps a hash index. An index is a kilobyte in pieces of its own, for collections
// of which most are read once or twice.
const indexedFrom = 24

// Builder makes a collection field by field, in order. The zero Builder is ready to use.
type Builder struct {
	keys  []string
	items []Value
	index map[string]int
	body  *object // made together with room for keys and items, nil where it is not
}

// NewBuilder returns a Builder with room for n fields.
func NewBuilder(n int) *Builder {
	b := new(Builder) // on the stack of the caller, mostly
	b.grow(n)
	return b
}

// grow makes room for n fields. Few of them have it in one piece of memory with the collection that they belong to: most collections
// are small, and three pieces cost more than one.
func (b *Builder) grow(n int) {
	switch {
	case n <= 0:
	case n == 1:
		o := new(struct {
			object
			k [1]string
			v [1]Value
		})
		b.body, b.keys, b.items = &o.object, o.k[:0], o.v[:0]
	case n == 2:
		o := new(struct {
			object
			k [2]string
			v [2]Value
		})
		b.body, b.keys, b.items = &o.object, o.k[:0], o.v[:0]
	case n <= 4:
		o := new(struct {
			object
			k [4]string
			v [4]Value
		})
		b.body, b.keys, b.items = &o.object, o.k[:0], o.v[:0]
	case n <= 6:
		o := new(struct {
			object
			k [6]string
			v [6]Value
		})
		b.body, b.keys, b.items = &o.object, o.k[:0], o.v[:0]
	default:
		b.keys, b.items = make([]string, 0, n), make([]Value, 0, n)
	}
}

// Set adds the field key, or replaces its value in place when it is there already.
func (b *Builder) Set(key string, v Value) *Builder {
	if i := b.find(key); i >= 0 {
		b.items[i] = v
		return b
	}
	b.keys = append(b.keys, key)
	b.items = append(b.items, v)
	if b.index != nil {
		b.index[key] = len(b.keys) - 1
	} else if len(b.keys) > indexedFrom {
		b.reindex()
	}
	return b
}

// Merge sets all fields of the collection v; other kinds are ignored.
func (b *Builder) Merge(v Value) *Builder {
	for k, x := range v.Fields() {
		b.Set(k, x)
	}
	return b
}

// Delete removes the field key if it is there.
func (b *Builder) Delete(key string) *Builder {
	i := b.find(key)
	if i < 0 {
		return b
	}
	b.keys = append(b.keys[:i], b.keys[i+1:]...)
	b.items = append(b.items[:i], b.items[i+1:]...)
	if b.index != nil {
		b.reindex()
	}
	return b
}

// Len returns the number of fields so far.
func (b *Builder) Len() int { return len(b.keys) }

// Get returns the field key, Undefined where it is missing.
func (b *Builder) Get(key string) Value {
	if i := b.find(key); i >= 0 {
		return b.items[i]
	}
	return Undefined
}

// Build returns the collection. The Builder must not be used afterwards.
func (b *Builder) Build() Value {
	o := b.body
	if o == nil {
		o = new(object)
	}
	o.keys, o.items, o.index = b.keys, b.items, b.index
	return Value{kind: KindCollection, obj: o}
}

func (b *Builder) find(key string) int {
	if b.index != nil {
		if i, ok := b.index[key]; ok {
			return i
		}
		return -1
	}
	for i, k := range b.keys {
		if k == key {
			return i
		}
	}
	return -1
}

func (b *Builder) reindex() {
	b.index = make(map[string]int, 2*len(b.keys))
	for i, k := range b.keys {
		b.index[k] = i
	}
}

// Field is one named value of a collection.
type Field struct {
	Key   string
	Value Value
}

// Collection makes a collection from fields; of equal keys the last one wins.
func Collection(fields ...Field) Value {
	b := NewBuilder(len(fields))
	for _, f := range fields {
		b.Set(f.Key, f.Value)
	}
	return b.Build()
}

// F is shorthand for a Field.
func F(key string, v Value) Field { return Field{Key: key, Value: v} }

// Get returns the field key of a collection, Undefined where it is missing or v is no collection.
func (v Value) Get(key string) Value {
	x, _ := v.Lookup(key)
	return x
}

// Lookup returns the field key of a collection and whether it is there.
func (v Value) Lookup(key string) (Value, bool) {
	if v.kind != KindCollection {
		return Undefined, false
	}
	if v.obj.index != nil {
		i, ok := v.obj.index[key]
		if !ok {
			return Undefined, false
		}
		return v.obj.items[i], true
	}
	for i, k := range v.obj.keys {
		if k == key {
			return v.obj.items[i], true
		}
	}
	return Undefined, false
}

// Keys returns the field names of a collection in order, nil for other kinds. The slice must not be changed.
func (v Value) Keys() []string {
	if v.kind != KindCollection {
		return nil
	}
	return v.obj.keys
}

// Fields iterates over the fields of a collection in order; other kinds have none.
func (v Value) Fields() func(yield func(string, Value) bool) {
	return func(yield func(string, Value) bool) {
		if v.kind != KindCollection {
			return
		}
		for i, k := range v.obj.keys {
			if !yield(k, v.obj.items[i]) {
				return
			}
		}
	}
}

// With returns a copy of the collection v (or a new one, for other kinds) with the field key set.
func (v Value) With(key string, x Value) Value {
	b := NewBuilder(v.Len() + 1)
	return b.Merge(v).Set(key, x).Build()
}
