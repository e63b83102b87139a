package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// `health SCRIPT` reads objects from standard input, one JSON document after another, and prints the verdict on each as one
// line of JSON. Libraries and globals are those of Argo CD (util/lua): base, table, string, math, the object as `obj`.
func health(args []string) {
	if len(args) != 1 {
		fail(errors.New("usage: manifests health SCRIPT < objects"))
	}
	script, err := os.ReadFile(args[0])
	if err != nil {
		fail(err)
	}
	documents := json.NewDecoder(os.Stdin)
	for documents.More() {
		var object map[string]any
		if err := documents.Decode(&object); err != nil {
			fail(err)
		}
		verdict, err := judge(string(script), object)
		if err != nil {
			fail(err)
		}
		line, err := json.Marshal(verdict)
		if err != nil {
			fail(err)
		}
		fmt.Println(string(line))
	}
}

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func judge(script string, object map[string]any) (verdict, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage}, // Must be first.
		{lua.BaseLibName, lua.OpenBase},
		{lua.TabLibName, lua.OpenTable},
		{lua.StringLibName, lua.OpenString},
		{lua.MathLibName, lua.OpenMath},
	} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(library.open), NRet: 0, Protect: true}, lua.LString(library.name)); err != nil {
			return verdict{}, err
		}
	}
	for _, unsafe := range []string{"dofile", "loadfile", "require", "package"} {
		state.SetGlobal(unsafe, lua.LNil)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return verdict{}, err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return verdict{}, fmt.Errorf("the script returned a %s instead of a table", state.Get(-1).Type())
	}
	found := verdict{Status: table.RawGetString("status").String()}
	if message := table.RawGetString("message"); message != lua.LNil {
		found.Message = message.String()
	}
	switch found.Status {
	case "Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown":
		return found, nil
	}
	return verdict{}, fmt.Errorf("%q is no health status of Argo CD", found.Status)
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch typed := value.(type) {
	case bool:
		return lua.LBool(typed)
	case float64:
		return lua.LNumber(typed)
	case string:
		return lua.LString(typed)
	case []any:
		table := state.CreateTable(len(typed), 0)
		for _, item := range typed {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(typed))
		for key, item := range typed {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	}
	return lua.LNil
}
