;; guile run.scm (FILE | -e TEXT) ARGUMENT...: evaluates each form of a program and prints its value as a REPL does.
(use-modules (ice-9 exceptions) (chorus driver))
(define file (cadr (command-line)))
(set-program-arguments (cdr (command-line)))
(set-actor-name! file)

(define (evaluate-each port)
  (define first-form (read port))
  (unless (and (pair? first-form) (eq? (car first-form) 'import))
    (error "the first form is not (import ...)"))
  (let ((module (make-fresh-user-module)))
    ;; The exit of (vicare) takes the place of Guile's without a warning.
    (set-module-duplicates-handlers! module (lookup-duplicates-handlers 'last))
    (eval first-form module)
    (let loop ((form (read port)))
      (unless (eof-object? form)
        (call-with-values
          (lambda () (eval form module))
          (lambda results
            (for-each
              (lambda (value) (unless (unspecified? value) (write value) (newline)))
              results)))
        (loop (read port))))))

(with-exception-handler
  (lambda (raised)
    (force-output)
    (let ((port (current-error-port)))
      (format port "chorus-scheme: ~a: " file)
      (if (chorus-condition? raised)
          (format port "~a\n" (refusal-text raised))
          (print-exception port #f (exception-kind raised) (exception-args raised)))
      (force-output port))
    (primitive-exit 1))
  (lambda ()
    (if (string=? file "-e")
        (call-with-input-string (cadr (program-arguments)) evaluate-each)
        (call-with-input-file file evaluate-each #:encoding "UTF-8"))))
(force-output)
(primitive-exit 0)
